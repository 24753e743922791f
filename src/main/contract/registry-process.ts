// A control plane of its own in a data directory, to be killed: prints its URL.
import { randomIds, systemClock } from '../../platform/index.ts';
import { silentLog } from '../../kernel/index.ts';
import { startServer } from '../server.ts';

const [dataDirectory = ''] = process.argv.slice(2);
const server = await startServer({
  host: '127.0.0.1',
  port: 0,
  dataDirectory,
  clock: systemClock,
  ids: randomIds,
  log: silentLog,
  parts: () => ({}),
  onFailure: (error) => {
    throw error;
  },
});
console.log(server.url);
