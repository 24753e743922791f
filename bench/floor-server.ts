import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';

/**
 * The floor of an AWS API in one Node process: node:http that verifies each request's SigV4 signature and answers fixed bytes.
 * The bytes for an operation are set with `PUT /answers/<operation>`.
 */
const answers = new Map<string, Buffer>();
const keys = new Map<string, Buffer>();

function signingKey(date: string, region: string, service: string): Buffer {
  const name = `${date}/${region}/${service}`;
  const known = keys.get(name);
  if (known !== undefined) return known;
  const made = [date, region, service, 'aws4_request'].reduce<string | Buffer>(
    (last, part) => createHmac('sha256', last).update(part).digest(),
    'AWS4test',
  ) as Buffer;
  keys.set(name, made);
  return made;
}

function signatureHolds(method: string, path: string, headers: NodeJS.Dict<string | string[]>, body: Buffer): boolean {
  const match =
    /Credential=[^/]+\/([^/]+)\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]+)/.exec(
      headers['authorization'] as string,
    );
  if (match === null) return false;
  const [, date = '', region = '', service = '', signed = '', signature = ''] = match;
  const canonical = `${method}\n${path}\n\n${signed
    .split(';')
    .map((name) => `${name}:${String(headers[name]).trim()}\n`)
    .join('')}\n${signed}\n${createHash('sha256').update(body).digest('hex')}`;
  const text = `AWS4-HMAC-SHA256\n${headers['x-amz-date'] as string}\n${date}/${region}/${service}/aws4_request\n${createHash('sha256').update(canonical).digest('hex')}`;
  const wanted = createHmac('sha256', signingKey(date, region, service))
    .update(text)
    .digest();
  return timingSafeEqual(wanted, Buffer.from(signature, 'hex'));
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks);
    if (request.method === 'PUT') {
      answers.set((request.url ?? '').slice('/answers/'.length), body);
      response.writeHead(200, { 'content-length': 0 }).end();
      return;
    }
    if (!signatureHolds('POST', '/', request.headers, body)) {
      response.writeHead(403, { 'content-length': 0 }).end();
      return;
    }
    JSON.parse(body.toString());
    const answer = answers.get((request.headers['x-amz-target'] as string).split('.')[1] ?? '') ?? Buffer.alloc(0);
    response
      .writeHead(200, { 'content-type': 'application/x-amz-json-1.1', 'content-length': answer.length })
      .end(answer);
  });
});
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`listening ${typeof address === 'object' && address !== null ? address.port : ''}\n`);
});
