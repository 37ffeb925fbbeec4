// OpenAI's client for JavaScript.
import OpenAI from 'openai';
import { zodResponseFormat, zodTextFormat } from 'openai/helpers/zod';
import { z } from 'zod';
import { ANSWER, BASE_URL, FUSED, KEY, PICTURE, QUESTION, equal, joined, rejects, run } from './report.mjs';

const client = new OpenAI({ baseURL: BASE_URL, apiKey: KEY });
const Height = z.object({ metres: z.number().int() });
const user = { role: 'user', content: QUESTION };
const ask = (model, more = {}) => client.chat.completions.create({ model, messages: [user], ...more });

await run({
  answer: async () => equal((await ask('fusion')).choices[0].message.content, FUSED),
  stream: async () =>
    equal(await joined(await ask('fusion', { stream: true }), (chunk) => chunk.choices[0]?.delta.content), FUSED),
  'next turn': async () => {
    const first = (await ask('up/elm')).choices[0].message;
    equal((await ask('up/elm', { messages: [user, first, user] })).choices[0].message.content, ANSWER);
  },
  'typed answer': async () => {
    const form = { response_format: zodResponseFormat(Height, 'height') };
    const made = await client.chat.completions.parse({ model: 'up/json', messages: [user], ...form });
    equal(made.choices[0].message.parsed, { metres: 330 });
    const text = { format: zodTextFormat(Height, 'height') };
    equal((await client.responses.parse({ model: 'up/json', input: QUESTION, text })).output_parsed, { metres: 330 });
  },
  picture: async () => {
    const content = [{ type: 'text', text: QUESTION }, { type: 'image_url', image_url: { url: PICTURE } }];
    equal((await ask('up/elm', { messages: [{ role: 'user', content }] })).choices[0].message.content, ANSWER);
  },
  responses: async () => {
    const unkept = await client.responses.create({ model: 'up/elm', input: QUESTION, store: false });
    const first = await client.responses.create({ model: 'up/elm', input: QUESTION });
    const more = { previous_response_id: first.id };
    const second = await client.responses.create({ model: 'up/elm', input: QUESTION, ...more });
    equal([unkept.output_text, first.output_text, second.output_text], [ANSWER, ANSWER, ANSWER]);
    const events = await client.responses.create({ model: 'fusion', input: QUESTION, stream: true });
    equal(await joined(events, (event) => (event.type === 'response.output_text.delta' ? event.delta : '')), FUSED);
  },
  'tools offered': async () => {
    const tool = { type: 'function', function: { name: 'weather', parameters: { type: 'object', properties: {} } } };
    equal((await ask('up/elm', { tools: [tool] })).choices[0].message.content, ANSWER);
  },
  'calls of tools': async () => {
    const parameters = { type: 'object', properties: { city: { type: 'string' } } };
    const called = [];
    const weather = {
      type: 'function',
      function: { name: 'weather', parameters, parse: JSON.parse, function: ({ city }) => called.push(city) && 'Sunny' },
    };
    for (const stream of [false, true]) {
      const runner = client.chat.completions.runTools({ model: 'up/caller', messages: [user], tools: [weather], stream });
      equal(await runner.finalContent(), ANSWER);
    }
    equal(called, ['Paris', 'Paris']);
    const tools = [{ type: 'function', name: 'weather', parameters, strict: false }];
    const first = await client.responses.create({ model: 'up/caller', input: QUESTION, tools });
    const [call] = first.output;
    equal([call.type, JSON.parse(call.arguments)], ['function_call', { city: 'Paris' }]);
    const input = [user, call, { type: 'function_call_output', call_id: call.call_id, output: 'Sunny' }];
    equal((await client.responses.create({ model: 'up/caller', input, tools })).output_text, ANSWER);
  },
  'unknown model': async () => equal((await rejects(() => ask('up/none'))).code, 'model_not_found'),
  'failure paid once': async () => {
    const form = { response_format: zodResponseFormat(Height, 'height') };
    equal((await rejects(() => ask('up/prose', form))).code, 'invalid_answer_format');
  },
});
