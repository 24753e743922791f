import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { Store } from './store.mjs';

const store = new Store(process.env);
const productPath = /^\/api\/products\/(\d{1,9})$/;

/** @returns what to say, and with which status */
async function answer(request) {
  const { method, url } = request;
  if (url === '/health') return { status: 200, body: { status: 'ok' } };
  if (url === '/api/products' && method === 'GET') return { status: 200, body: await store.products() };
  if (url === '/api/products' && method === 'POST') {
    const product = await json(request).catch(() => undefined);
    const { name, cents } = product ?? {};
    if (typeof name !== 'string' || name === '' || !Number.isInteger(cents) || cents < 0)
      return { status: 400, body: { error: 'a product is {"name": text, "cents": whole number}' } };
    return { status: 201, body: await store.add({ name, cents }) };
  }
  const [, id] = productPath.exec(url) ?? [];
  const found = id === undefined || method !== 'GET' ? undefined : await store.product(id);
  return found === undefined ? { status: 404, body: { error: `no ${method} ${url}` } } : { status: 200, body: found };
}

async function respond(request, response) {
  const { status, body } = await answer(request).catch((error) => {
    console.error(`${request.method} ${request.url} failed: ${error.message}`);
    return { status: 500, body: { error: 'the database does not answer' } };
  });
  if (request.url !== '/health') console.log(`${request.method} ${request.url} ${status}`);
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

const server = createServer((request, response) => void respond(request, response));

for (const signal of ['SIGTERM', 'SIGINT'])
  process.on(signal, () => {
    console.log('api: stopping');
    server.close(() => void store.close().then(() => process.exit(0)));
    server.closeIdleConnections();
  });

await store.open();
const port = Number(process.env.PORT ?? 8080);
server.listen(port, () => console.log(`api: serves on port ${port}`));
