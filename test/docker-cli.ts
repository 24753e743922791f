import { execFile, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ECR } from '@aws-sdk/client-ecr';

const busybox = ['/bin/busybox', '/usr/bin/busybox'].find((path) => existsSync(path));
const engine = process.env['LONGSHORE_ENGINE'] ?? 'unix:///var/run/docker.sock';

/** Whether images can be built and pushed: an engine, the Docker CLI and a static busybox (Debian: busybox-static). */
export const canPush = busybox !== undefined && spawnSync('docker', ['--version']).status === 0;

/** Docker's own CLI on the engine of the tests, with logins and a build directory of its own. */
export class DockerCli {
  readonly directory = mkdtempSync(join(tmpdir(), 'longshore-docker-'));

  run(args: readonly string[], input = ''): Promise<string> {
    return new Promise((resolve, reject) => {
      const own = { DOCKER_HOST: engine, DOCKER_CONFIG: join(this.directory, 'config'), DOCKER_BUILDKIT: '0' };
      const child = execFile('docker', args, { env: { ...process.env, ...own } }, (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else reject(new Error(`docker ${args.join(' ')}: ${stderr}`));
      });
      child.stdin?.end(input);
    });
  }

  /** Logs in to the registry of a repository, as `aws ecr get-login-password` does. */
  async login(ecr: ECR, repositoryUri: string): Promise<void> {
    const { authorizationData } = await ecr.getAuthorizationToken({});
    const token = Buffer.from(authorizationData?.[0]?.authorizationToken ?? '', 'base64').toString();
    const [user = '', password = ''] = token.split(':');
    await this.run(['login', '--username', user, '--password-stdin', repositoryUri.split('/')[0] ?? ''], password);
  }

  /** Builds an image of busybox alone, with these lines of a Dockerfile behind it. */
  async build(reference: string, ...lines: readonly string[]): Promise<void> {
    copyFileSync(busybox ?? '', join(this.directory, 'busybox'));
    const file = ['FROM scratch', 'COPY busybox /busybox', ...lines, ''];
    writeFileSync(join(this.directory, 'Dockerfile'), file.join('\n'));
    await this.run(['build', '--quiet', '--tag', reference, this.directory]);
  }

  /** Pushes what was built, and takes it off the engine again. @returns its digest */
  async push(reference: string): Promise<string> {
    const pushed = await this.run(['push', reference]);
    await this.run(['rmi', '--force', reference]);
    return /digest: (sha256:[0-9a-f]{64})/.exec(pushed)?.[1] ?? '';
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
