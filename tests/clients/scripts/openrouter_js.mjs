// OpenRouter's client for JavaScript, pointed here.
import { OpenRouter } from '@openrouter/sdk';
import { ANSWER, BASE_URL, FUSED, KEY, PICTURE, QUESTION, equal, joined, rejects, run } from './report.mjs';

const client = new OpenRouter({ apiKey: KEY, serverURL: BASE_URL });
const user = { role: 'user', content: QUESTION };
const ask = (model, more = {}) => client.chat.send({ chatRequest: { model, messages: [user], ...more } });
const textOf = async (answer) => (await answer).choices[0].message.content;
const schema = { type: 'object', properties: { metres: { type: 'integer' } }, required: ['metres'] };
const responseFormat = { type: 'json_schema', jsonSchema: { name: 'height', schema } };

await run({
  answer: async () => equal(await textOf(ask('openrouter/fusion')), FUSED),
  stream: async () => {
    const pieces = await ask('openrouter/fusion', { stream: true });
    equal(await joined(pieces, (piece) => piece.choices[0]?.delta.content), FUSED);
  },
  'next turn': async () => {
    const first = (await ask('up/elm')).choices[0].message;
    equal(await textOf(ask('up/elm', { messages: [user, first, user] })), ANSWER);
  },
  'typed answer': async () => equal(await textOf(ask('up/json', { responseFormat })), '{"metres": 330}'),
  picture: async () => {
    const content = [{ type: 'text', text: QUESTION }, { type: 'image_url', imageUrl: { url: PICTURE } }];
    equal(await textOf(ask('up/elm', { messages: [{ role: 'user', content }] })), ANSWER);
  },
  'tools offered': async () => {
    const tool = { type: 'function', function: { name: 'weather', parameters: { type: 'object', properties: {} } } };
    equal(await textOf(ask('up/elm', { tools: [tool] })), ANSWER);
  },
  'calls of tools': async () => {
    const parameters = { type: 'object', properties: { city: { type: 'string' } } };
    const tools = [{ type: 'function', function: { name: 'weather', parameters } }];
    const { message } = (await ask('up/caller', { tools })).choices[0];
    const [call] = message.toolCalls;
    equal(JSON.parse(call.function.arguments), { city: 'Paris' });
    const result = { role: 'tool', toolCallId: call.id, content: 'Sunny' };
    const messages = [{ role: 'user', content: QUESTION }, message, result];
    equal(await textOf(ask('up/caller', { tools, messages })), ANSWER);
  },
  'unknown model': async () => equal((await rejects(() => ask('up/none'))).statusCode, 404),
  'failure paid once': async () => equal((await rejects(() => ask('up/prose', { responseFormat }))).statusCode, 400),
});
