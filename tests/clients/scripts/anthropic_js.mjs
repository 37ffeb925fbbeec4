// Anthropic's client for JavaScript.
import Anthropic from '@anthropic-ai/sdk';
import { ANSWER, FUSED, KEY, PIXEL, QUESTION, equal, joined, rejects, run } from './report.mjs';

const client = new Anthropic({ baseURL: process.env.CLIENT_SITE, apiKey: KEY });
const byToken = new Anthropic({ baseURL: process.env.CLIENT_SITE, authToken: KEY, apiKey: null });
const user = { role: 'user', content: QUESTION };
const body = (model, more = {}) => ({ model, max_tokens: 500, messages: [user], ...more });
const ask = (model, more = {}) => client.messages.create(body(model, more));
const textOf = (message) =>
  message.content
    .filter((block) => block.type === 'text')
    .map((block) => block.text)
    .join('');
const schema = { type: 'object', properties: { metres: { type: 'integer' } }, required: ['metres'] };
const output_config = { format: { type: 'json_schema', schema } };
const weather = { name: 'weather', input_schema: { type: 'object', properties: { city: { type: 'string' } } } };

await run({
  answer: async () => {
    equal(textOf(await ask('claude-fusion')), FUSED);
    equal(textOf(await byToken.beta.messages.create(body('fusion', { betas: ['none-of-ours'] }))), FUSED);
    equal((await client.messages.countTokens({ model: 'claude-fusion', messages: [user] })).input_tokens > 0, true);
    equal((await client.models.list()).data[0].id, 'claude-fusion');
  },
  stream: async () => {
    const events = await ask('claude-fusion', { stream: true });
    equal(await joined(events, (event) => event.delta?.text), FUSED);
    equal(await client.messages.stream(body('claude-fusion')).finalText(), FUSED);
  },
  'next turn': async () => {
    const { content } = await ask('up/elm', { system: 'Be brief.' });
    equal(textOf(await ask('up/elm', { messages: [user, { role: 'assistant', content }, user] })), ANSWER);
  },
  'typed answer': async () => equal(JSON.parse(textOf(await ask('up/json', { output_config }))), { metres: 330 }),
  picture: async () => {
    const source = { type: 'base64', media_type: 'image/png', data: PIXEL };
    const content = [{ type: 'image', source }];
    equal(textOf(await ask('up/elm', { messages: [{ role: 'user', content }] })), ANSWER);
  },
  'tools offered': async () => equal(textOf(await ask('up/elm', { tools: [weather] })), ANSWER),
  'calls of tools': async () => {
    const tools = [weather];
    const streamed = await client.messages.stream(body('up/caller', { tools })).finalMessage();
    for (const said of [await ask('up/caller', { tools }), streamed]) {
      const [call] = said.content;
      equal([said.stop_reason, call.name, call.input], ['tool_use', 'weather', { city: 'Paris' }]);
      const result = { type: 'tool_result', tool_use_id: call.id, content: 'Sunny' };
      const turns = [
        { role: 'assistant', content: said.content },
        { role: 'user', content: [result] },
      ];
      equal(textOf(await ask('up/caller', { tools, messages: [user, ...turns] })), ANSWER);
    }
  },
  'unknown model': async () => {
    const error = await rejects(() => ask('up/none'));
    equal([error.status, error.error.error.type], [404, 'not_found_error']);
  },
  'failure paid once': async () => equal((await rejects(() => ask('up/prose', { output_config }))).status, 400),
});
