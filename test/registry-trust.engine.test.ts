import { execFile, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ECR } from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { freePort, longshore, newDataDirectory, startLongshore, type RunningLongshore } from './longshore-process.ts';

// Docker's own CLI pushes to and pulls from AWS's own name. Needs root (it changes /etc/hosts and /etc/docker/certs.d for an account that nobody has,
// and takes that back), an engine, the Docker CLI and a static busybox.

const busybox = ['/bin/busybox', '/usr/bin/busybox'].find((path) => existsSync(path));
const canRun = busybox !== undefined && process.getuid?.() === 0 && spawnSync('docker', ['--version']).status === 0;
const engine = process.env['LONGSHORE_ENGINE'] ?? 'unix:///var/run/docker.sock';
const account = '999988887777';
const name = `${account}.dkr.ecr.eu-west-3.amazonaws.com`;
const hosts = '/etc/hosts';
const authorityFile = `/etc/docker/certs.d/${name}/ca.crt`;
const hostsBefore = readFileSync(hosts, 'utf8');
const work = mkdtempSync(join(tmpdir(), 'longshore-registry-'));
const directory = newDataDirectory();
let server: RunningLongshore;

function docker(args: readonly string[], input = '', timeout = 0): Promise<string> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, DOCKER_HOST: engine, DOCKER_CONFIG: join(work, 'docker'), DOCKER_BUILDKIT: '0' };
    const child = execFile('docker', args, { env, timeout }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`docker ${args.join(' ')}: ${stderr}`));
    });
    child.stdin?.end(input);
  });
}

const registry = (what: string) =>
  longshore(['registry', what, '--account', account, '--region', 'eu-west-3', '--data-dir', directory]);

beforeAll(async () => {
  server = await startLongshore({ directory, port: await freePort() });
}, 60_000);

afterAll(async () => {
  await registry('distrust');
  if (readFileSync(hosts, 'utf8') !== hostsBefore) writeFileSync(hosts, hostsBefore);
  await server.stop();
  await longshore(['down', '--data-dir', directory]);
  for (const path of [directory, work]) rmSync(path, { recursive: true, force: true });
}, 60_000);

test.skipIf(!canRun)(
  "[ECR-24] [ECR-25] docker push and pull under AWS's name after registry trust, and not after distrust",
  async () => {
    expect(await registry('trust')).toMatchObject({ code: 0, stdout: `${name}\n` });
    expect(readFileSync(hosts, 'utf8')).toBe(`${hostsBefore}127.80.255.1 ${name} # longshore registry trust\n`);
    expect(readFileSync(authorityFile, 'utf8')).toContain('BEGIN CERTIFICATE');

    const ecr = new ECR({
      endpoint: server.endpoint,
      region: 'eu-west-3',
      credentials: { accessKeyId: account, secretAccessKey: 'test' },
    });
    await ecr.createRepository({ repositoryName: 'my-app' });
    const { authorizationData } = await ecr.getAuthorizationToken({});
    const token = Buffer.from(authorizationData?.[0]?.authorizationToken ?? '', 'base64').toString();
    await docker(['login', '--username', 'AWS', '--password-stdin', name], token.slice('AWS:'.length));
    copyFileSync(busybox ?? '', join(work, 'busybox'));
    writeFileSync(join(work, 'Dockerfile'), 'FROM scratch\nCOPY busybox /busybox\nENTRYPOINT ["/busybox", "true"]\n');
    const image = `${name}/my-app:1`;
    await docker(['build', '--quiet', '--tag', image, work]);
    const digest = /digest: (sha256:[0-9a-f]{64})/.exec(await docker(['push', image]))?.[1];
    const { imageDetails } = await ecr.describeImages({ repositoryName: 'my-app' });
    expect(imageDetails?.map((one) => [one.imageDigest, one.imageTags])).toEqual([[digest, ['1']]]);
    await docker(['rmi', '--force', image]);
    await docker(['pull', image]);
    await docker(['rmi', '--force', image]);
    ecr.destroy();

    expect(await registry('distrust')).toMatchObject({ code: 0 });
    expect(readFileSync(hosts, 'utf8')).toBe(hostsBefore);
    expect(existsSync(authorityFile)).toBe(false);
    // dockerd is written in Go, whose resolver keeps what it read of /etc/hosts for five seconds.
    // Then it asks the Internet, where a machine without any may wait long for a refusal: from here a pull takes a second.
    const pull = () => docker(['pull', image], '', 8_000).then(() => docker(['rmi', '--force', image]));
    await vi.waitFor(() => expect(pull()).rejects.toThrow(), { timeout: 40_000, interval: 1_000 });
  },
  120_000,
);
