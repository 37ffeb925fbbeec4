// The AI SDK with its own provider for OpenAI: `openai()` speaks responses, `openai.chat()` chat completions.
import { createOpenAI } from '@ai-sdk/openai';
import { generateObject, generateText, stepCountIs, streamObject, streamText, tool } from 'ai';
import { z } from 'zod';
import { ANSWER, BASE_URL, FUSED, KEY, PIXEL, QUESTION, equal, joined, rejects, run } from './report.mjs';

const openai = createOpenAI({ baseURL: BASE_URL, apiKey: KEY });
const contracts = [(model) => openai(model), (model) => openai.chat(model)];
const schema = z.object({ metres: z.number().int() });
const user = { role: 'user', content: QUESTION };
const ofEach = async (check) => {
  for (const contract of contracts) await check(contract);
};

await run({
  answer: () => ofEach(async (by) => equal((await generateText({ model: by('fusion'), prompt: QUESTION })).text, FUSED)),
  stream: () =>
    ofEach(async (by) => equal(await joined(streamText({ model: by('fusion'), prompt: QUESTION }).textStream), FUSED)),
  'next turn': () =>
    ofEach(async (by) => {
      const first = await generateText({ model: by('up/elm'), messages: [user] });
      const messages = [user, ...first.response.messages, user];
      equal((await generateText({ model: by('up/elm'), messages })).text, ANSWER);
    }),
  'typed answer': () =>
    ofEach(async (by) => {
      equal((await generateObject({ model: by('up/json'), schema, prompt: QUESTION })).object, { metres: 330 });
      const { partialObjectStream, object } = streamObject({ model: by('up/json'), schema, prompt: QUESTION });
      for await (const _ of partialObjectStream);
      equal(await object, { metres: 330 });
    }),
  picture: () =>
    ofEach(async (by) => {
      const messages = [{ role: 'user', content: [{ type: 'image', image: PIXEL, mediaType: 'image/png' }] }];
      equal((await generateText({ model: by('up/elm'), messages })).text, ANSWER);
    }),
  responses: async () => {
    const providerOptions = { openai: { store: false, textVerbosity: 'low', promptCacheKey: 'k' } };
    equal((await generateText({ model: openai('up/elm'), prompt: QUESTION, providerOptions })).text, ANSWER);
  },
  'tools offered': () =>
    ofEach(async (by) => {
      const weather = tool({ description: 'Weather', inputSchema: z.object({ city: z.string() }) });
      equal((await generateText({ model: by('up/elm'), prompt: QUESTION, tools: { weather } })).text, ANSWER);
    }),
  'calls of tools': () =>
    ofEach(async (by) => {
      const called = [];
      const execute = async ({ city }) => called.push(city) && 'Sunny';
      const weather = tool({ description: 'Weather', inputSchema: z.object({ city: z.string() }), execute });
      const asked = { model: by('up/caller'), prompt: QUESTION, tools: { weather }, stopWhen: stepCountIs(3) };
      equal((await generateText(asked)).text, ANSWER);
      equal(await joined(streamText(asked).textStream), ANSWER);
      equal(called, ['Paris', 'Paris']);
    }),
  'unknown model': async () => {
    const error = await rejects(() => generateText({ model: openai('up/none'), prompt: QUESTION }));
    equal(error.statusCode, 404);
  },
  'failure paid once': async () => {
    const error = await rejects(() => generateObject({ model: openai.chat('up/prose'), schema, prompt: QUESTION }));
    equal(error.statusCode, 400);
  },
});
