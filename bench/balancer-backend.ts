/** The backend of `balancer.ts` where nginx is not installed: a kibibyte for every request, as cheaply as Node can. */
import { createServer } from 'node:net';

const [address = ''] = process.argv.slice(2);
const answer = Buffer.from(
  `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 1024\r\n\r\n${'x'.repeat(1024)}`,
);
const end = Buffer.from('\r\n\r\n');

createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => undefined);
  socket.on('data', (bytes) => {
    for (let at = bytes.indexOf(end); at >= 0; at = bytes.indexOf(end, at + 4)) socket.write(answer);
  });
}).listen(8000, address, () => process.send?.('ready'));
process.on('disconnect', () => process.exit());
