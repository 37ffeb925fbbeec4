// The frame of a client's script: run each feature, and print a line of JSON for each.

export const { CLIENT_BASE_URL: BASE_URL, CLIENT_KEY: KEY, CLIENT_ANSWER: ANSWER, CLIENT_FUSED: FUSED } = process.env;
export const QUESTION = 'How high is the Eiffel Tower?';
export const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
export const PICTURE = `data:image/png;base64,${PIXEL}`;

export async function run(features) {
  for (const [feature, check] of Object.entries(features)) {
    let problem = '';
    try {
      await check();
    } catch (error) {
      problem = String(error?.stack ?? error).slice(0, 3000) || 'failed';
    }
    console.log(JSON.stringify({ feature, problem }));
  }
}

export function equal(got, wanted) {
  if (JSON.stringify(got) !== JSON.stringify(wanted)) {
    throw new Error(`got ${JSON.stringify(got)}, wanted ${JSON.stringify(wanted)}`);
  }
}

export async function rejects(check) {
  let got;
  try {
    got = await check();
  } catch (error) {
    return error;
  }
  throw new Error(`no error, but ${JSON.stringify(got)}`);
}

export async function joined(pieces, textOf = (piece) => piece) {
  let text = '';
  for await (const piece of pieces) text += textOf(piece) ?? '';
  return text;
}
