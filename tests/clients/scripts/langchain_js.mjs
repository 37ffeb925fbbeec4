// LangChain's client for JavaScript, with its own retries.
import { AIMessage, HumanMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { concat } from '@langchain/core/utils/stream';
import { ChatOpenAI, OpenAI } from '@langchain/openai';
import { z } from 'zod';
import { ANSWER, BASE_URL, FUSED, KEY, PICTURE, QUESTION, equal, joined, rejects, run } from './report.mjs';

const configuration = { baseURL: BASE_URL };
const chat = (model = 'fusion', more = {}) => new ChatOpenAI({ model, apiKey: KEY, configuration, ...more });
const streamed = async (model) => {
  let whole;
  for await (const piece of await model.stream(QUESTION)) whole = whole ? concat(whole, piece) : piece;
  return whole;
};
const Height = z.object({ metres: z.number().int() });

await run({
  answer: async () => {
    equal((await chat().invoke(QUESTION)).content, FUSED);
    equal(await new OpenAI({ model: 'fusion', apiKey: KEY, configuration }).invoke(QUESTION), FUSED);
  },
  stream: async () => equal(await joined(await chat().stream(QUESTION), (piece) => piece.content), FUSED),
  'next turn': async () => {
    const first = await chat('up/elm').invoke(QUESTION);
    const messages = [new HumanMessage(QUESTION), first, new HumanMessage('Sure?')];
    equal((await chat('up/elm').invoke(messages)).content, ANSWER);
  },
  'typed answer': async () => {
    const typed = chat('up/json').withStructuredOutput(Height, { method: 'jsonSchema', name: 'height' });
    equal(await typed.invoke(QUESTION), { metres: 330 });
  },
  picture: async () => {
    const content = [{ type: 'text', text: QUESTION }, { type: 'image_url', image_url: { url: PICTURE } }];
    equal((await chat('up/elm').invoke([new HumanMessage({ content })])).content, ANSWER);
  },
  responses: async () => {
    const model = chat('up/elm', { useResponsesApi: true, zdrEnabled: true });
    const first = await model.invoke(QUESTION);
    const earlier = new AIMessage(first.text);
    equal((await model.invoke([new HumanMessage(QUESTION), earlier, new HumanMessage('Sure?')])).text, ANSWER);
  },
  'tools offered': async () => {
    const weather = tool(async ({ city }) => city, { name: 'weather', schema: z.object({ city: z.string() }) });
    equal((await chat('up/elm').bindTools([weather]).invoke(QUESTION)).content, ANSWER);
  },
  'calls of tools': async () => {
    const weather = tool(async ({ city }) => `Sunny in ${city}`, {
      name: 'weather',
      schema: z.object({ city: z.string() }),
    });
    for (const more of [{}, { useResponsesApi: true }]) {
      const model = chat('up/caller', more).bindTools([weather]);
      for (const first of [await model.invoke(QUESTION), await streamed(model)]) {
        equal(
          first.tool_calls.map((call) => call.args),
          [{ city: 'Paris' }],
        );
        const result = await weather.invoke(first.tool_calls[0]);
        equal(result.content, 'Sunny in Paris');
        equal((await model.invoke([new HumanMessage(QUESTION), first, result])).text, ANSWER);
      }
    }
  },
  'unknown model': async () => equal((await rejects(() => chat('up/none').invoke(QUESTION))).status, 404),
  'failure paid once': async () => {
    const typed = chat('up/prose').withStructuredOutput(Height, { method: 'jsonSchema', name: 'height' });
    equal((await rejects(() => typed.invoke(QUESTION))).status, 400);
  },
});
