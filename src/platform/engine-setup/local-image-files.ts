/** The files of the local image that are written here: a page, and the program that serves it. */

export const page = `<!doctype html>
<meta charset="utf-8">
<title>Longshore</title>
<h1>A task of Longshore</h1>
<p>Served by a container on this machine.</p>
`;

/** For busybox: httpd, with a shell in front of it that hears the stop signal. */
export const shellServer = `#!/bin/sh
port="\${PORT:-8080}"
httpd -f -vv -p "$port" -h /www &
server=$!
trap 'echo "web: stopping"; kill "$server"; exit 0' TERM INT
echo "web: $(hostname) serves on port $port"
wait "$server"
`;

/** A page made per request: which task answered. */
export const taskPage = `#!/bin/sh
printf 'Content-Type: application/json\\r\\n\\r\\n'
if [ -n "$ECS_CONTAINER_METADATA_URI_V4" ]; then
  exec wget -q -O - "$ECS_CONTAINER_METADATA_URI_V4/task"
fi
printf '{"Hostname":"%s"}\\n' "$(hostname)"
`;

/** For Node: the same without a shell. */
export const nodeServer = `import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { hostname } from 'node:os';

const port = Number(process.env.PORT ?? 8080);
const page = readFileSync('/www/index.html');
const server = createServer((request, response) => {
  console.log(\`\${request.socket.remoteAddress}: \${request.method} \${request.url}\`);
  const known = request.url === '/' || request.url === '/index.html';
  response.writeHead(known ? 200 : 404, { 'content-type': 'text/html; charset=utf-8' });
  response.end(known ? page : 'not found');
});
server.listen(port, () => console.log(\`web: \${hostname()} serves on port \${port}\`));
for (const signal of ['SIGTERM', 'SIGINT']) {
  process.on(signal, () => {
    console.log('web: stopping');
    process.exit(0);
  });
}
`;
