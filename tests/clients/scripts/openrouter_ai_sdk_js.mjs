// OpenRouter's provider for the AI SDK, pointed here.
import { createOpenRouter } from '@openrouter/ai-sdk-provider';
import { generateObject, generateText, stepCountIs, streamText, tool } from 'ai';
import { z } from 'zod';
import { ANSWER, BASE_URL, FUSED, KEY, PIXEL, QUESTION, equal, joined, rejects, run } from './report.mjs';

const openrouter = createOpenRouter({ baseURL: BASE_URL, apiKey: KEY });
const schema = z.object({ metres: z.number().int() });
const user = { role: 'user', content: QUESTION };
const more = { usage: { include: true }, reasoning: { effort: 'low' } };

await run({
  answer: async () => {
    equal((await generateText({ model: openrouter('openrouter/fusion', more), prompt: QUESTION })).text, FUSED);
  },
  stream: async () => {
    equal(await joined(streamText({ model: openrouter('openrouter/fusion'), prompt: QUESTION }).textStream), FUSED);
  },
  'next turn': async () => {
    const first = await generateText({ model: openrouter('up/elm'), messages: [user] });
    const messages = [user, ...first.response.messages, user];
    equal((await generateText({ model: openrouter('up/elm'), messages })).text, ANSWER);
  },
  'typed answer': async () => {
    equal((await generateObject({ model: openrouter('up/json'), schema, prompt: QUESTION })).object, { metres: 330 });
  },
  picture: async () => {
    const messages = [{ role: 'user', content: [{ type: 'image', image: PIXEL, mediaType: 'image/png' }] }];
    equal((await generateText({ model: openrouter('up/elm'), messages })).text, ANSWER);
  },
  'tools offered': async () => {
    const weather = tool({ description: 'Weather', inputSchema: z.object({ city: z.string() }) });
    equal((await generateText({ model: openrouter('up/elm'), prompt: QUESTION, tools: { weather } })).text, ANSWER);
  },
  'calls of tools': async () => {
    const called = [];
    const execute = async ({ city }) => called.push(city) && 'Sunny';
    const weather = tool({ description: 'Weather', inputSchema: z.object({ city: z.string() }), execute });
    const asked = { model: openrouter('up/caller'), prompt: QUESTION, tools: { weather }, stopWhen: stepCountIs(3) };
    equal((await generateText(asked)).text, ANSWER);
    equal(await joined(streamText(asked).textStream), ANSWER);
    equal(called, ['Paris', 'Paris']);
  },
  'unknown model': async () => {
    equal((await rejects(() => generateText({ model: openrouter('up/none'), prompt: QUESTION }))).statusCode, 404);
  },
  'failure paid once': async () => {
    const error = await rejects(() => generateObject({ model: openrouter('up/prose'), schema, prompt: QUESTION }));
    equal(error.statusCode, 400);
  },
});
