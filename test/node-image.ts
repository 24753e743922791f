import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { DockerCli } from './docker-cli.ts';

/** An image that runs a program (CommonJS) with this machine's node, its libraries where the loader looks for them, and aws4 to sign with. */
export async function buildNodeImage(docker: DockerCli, image: string, program: string): Promise<void> {
  const root = join(docker.directory, 'root');
  const put = (from: string, to = from): void => {
    mkdirSync(join(root, dirname(to)), { recursive: true });
    copyFileSync(realpathSync(from), join(root, to));
  };
  put(process.execPath, '/node');
  const listed = execFileSync('ldd', [process.execPath], { encoding: 'utf8' });
  for (const [, path = ''] of listed.matchAll(/(\/\S+) \(0x/g)) put(path);
  cpSync(join(import.meta.dirname, '../node_modules/aws4'), join(root, 'node_modules/aws4'), { recursive: true });
  writeFileSync(join(root, 'app.js'), program);
  await docker.build(image, 'COPY root /', 'ENTRYPOINT ["/node", "/app.js"]');
}
