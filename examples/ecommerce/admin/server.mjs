import { createServer } from 'node:http';
import { connect } from 'node:net';

const { API_URL = '', DB_HOST = '', PORT = '8080' } = process.env;
const apiWithinMs = 3_000;
const databaseWithinMs = 2_000;

/** The admin asks the api through the load balancer: it has no way to the database. */
async function catalogue() {
  const response = await fetch(`${API_URL}/api/products`, { signal: AbortSignal.timeout(apiWithinMs) });
  if (!response.ok) throw new Error(`the api answered ${response.status}`);
  return response.json();
}

/** Whether the database's port can be reached from here, which its security group does not allow. */
function databaseReachable() {
  return new Promise((resolve) => {
    const socket = connect({ host: DB_HOST, port: 5432, timeout: databaseWithinMs });
    const say = (reachable) => {
      socket.destroy();
      resolve(reachable);
    };
    socket.once('connect', () => say(true));
    socket.once('timeout', () => say(false));
    socket.once('error', (error) => {
      // Without an address the question would be answered by chance.
      if (error.code === 'ENOTFOUND' || error.code === 'EAI_AGAIN') console.error(`${DB_HOST} has no address`);
      say(error.code === 'ENOTFOUND' || error.code === 'EAI_AGAIN' ? undefined : false);
    });
  });
}

async function answer({ url }) {
  if (url === '/health') return { status: 200, body: { status: 'ok' } };
  if (url === '/admin/') return { status: 200, body: { products: (await catalogue()).length } };
  if (url === '/admin/database') return { status: 200, body: { reachable: (await databaseReachable()) ?? 'unknown' } };
  return { status: 404, body: { error: `no ${url}` } };
}

async function respond(request, response) {
  const { status, body } = await answer(request).catch((error) => {
    console.error(`${request.url} failed: ${error.message}`);
    return { status: 502, body: { error: 'the api does not answer' } };
  });
  if (request.url !== '/health') console.log(`${request.method} ${request.url} ${status}`);
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

const server = createServer((request, response) => void respond(request, response));
for (const signal of ['SIGTERM', 'SIGINT'])
  process.on(signal, () => {
    console.log('admin: stopping');
    server.close(() => process.exit(0));
    server.closeIdleConnections();
  });
server.listen(Number(PORT), () => console.log(`admin: serves on port ${PORT}`));
