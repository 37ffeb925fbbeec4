// The protocol's clients for JavaScript: today's in both of its manners, and the one that most programs still have.
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Client as OlderClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as OlderTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { FUSED, KEY, QUESTION, equal, rejects, run } from './report.mjs';

const url = new URL('/mcp/', process.env.CLIENT_SITE);
const requestInit = { headers: { Authorization: `Bearer ${KEY}` } };
const self = { name: 'test', version: '1' };
const TOOLS = ['estimate', 'fuse_start', 'fuse_wait', 'get_run', 'list_presets', 'rejudge', 'search_runs'];

async function story(client, transport) {
  await client.connect(transport);
  const call = async (name, args = {}) => {
    const result = await client.callTool({ name, arguments: args });
    equal(result.isError ?? false, false);
    return result.structuredContent;
  };
  const { tools } = await client.listTools();
  equal(tools.map((tool) => tool.name).sort(), TOOLS);
  equal(tools.find((tool) => tool.name === 'get_run').annotations.readOnlyHint, true);
  const started = await call('fuse_start', { prompt: QUESTION });
  let waited = { is_settled: false };
  while (!waited.is_settled) waited = await call('fuse_wait', { run: started.run, seconds: 20 });
  equal([waited.status, waited.answer], ['done', FUSED]);
  equal((await call('get_run', { run: started.run, part: 'columns' })).columns.length, 3);
  equal((await call('search_runs', { query: 'Eiffel' })).runs.length > 0, true);
  equal((await call('list_presets')).presets[0].slug, 'trees');
  equal((await call('estimate', { prompt: QUESTION })).calls, 4);
  equal((await call('rejudge', { run: started.run, judge: 'builtin/overlap' })).calls.length, 1);
  const uri = `run://${started.run}`;
  const { resources } = await client.listResources();
  equal(
    resources.some((resource) => resource.uri === uri),
    true,
  );
  equal((await client.readResource({ uri })).contents[0].text.includes(FUSED), true);
  const refused = await client.callTool({ name: 'get_run', arguments: { run: 'nothing' } });
  equal([refused.isError, refused.content[0].text], [true, 'There is no such run.']);
  await rejects(() => client.readResource({ uri: 'run://nothing' }));
  await client.close();
}

const current = (mode) => new Client(self, { versionNegotiation: { mode } });

await run({
  'of 2026': () => story(current('auto'), new StreamableHTTPClientTransport(url, { requestInit })),
  'by handshake': () => story(current('legacy'), new StreamableHTTPClientTransport(url, { requestInit })),
  'of before': () => story(new OlderClient(self), new OlderTransport(url, { requestInit })),
  'wrong key': async () => {
    const headers = { Authorization: 'Bearer fw-wrong' };
    const transport = new StreamableHTTPClientTransport(url, { requestInit: { headers } });
    await rejects(() => current('auto').connect(transport));
  },
});
