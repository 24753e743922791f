import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { Store } from './store.mjs';

const store = new Store(process.env);
const productPath = /^\/api\/products\/(\d{1,9})$/;

/** @returns status and what to say */
async function answer(request) {
  const { method, url } = request;
  if (url === '/health') return [200, { status: 'ok' }];
  if (url === '/api/products' && method === 'GET') return [200, await store.products()];
  if (url === '/api/products' && method === 'POST') {
    const product = await json(request).catch(() => undefined);
    const { name, cents } = product ?? {};
    if (typeof name !== 'string' || name === '' || !Number.isInteger(cents) || cents < 0)
      return [400, { error: 'a product is {"name": text, "cents": whole number}' }];
    return [201, await store.add({ name, cents })];
  }
  const [, id] = productPath.exec(url) ?? [];
  const found = id === undefined || method !== 'GET' ? undefined : await store.product(id);
  return found === undefined ? [404, { error: `no ${method} ${url}` }] : [200, found];
}

const server = createServer((request, response) => {
  answer(request)
    .catch((error) => {
      console.error(`${request.method} ${request.url} failed: ${error.message}`);
      return [500, { error: 'the database does not answer' }];
    })
    .then(([status, body]) => {
      if (request.url !== '/health') console.log(`${request.method} ${request.url} ${status}`);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
});

for (const signal of ['SIGTERM', 'SIGINT'])
  process.on(signal, () => {
    console.log('api: stopping');
    server.close(() => void store.close().then(() => process.exit(0)));
    server.closeIdleConnections();
  });

await store.open();
const port = Number(process.env.PORT ?? 8080);
server.listen(port, () => console.log(`api: serves on port ${port}`));
