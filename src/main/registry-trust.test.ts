import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { get } from 'node:https';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { silentLog } from '../kernel/index.ts';
import { systemClock } from '../platform/index.ts';
import { places } from './data-directory.ts';
import { RegistryDoor } from './registry-door.ts';
import { addRegistryName, forgetRegistryNames, registryName, registryNames } from './registry-names.ts';
import { distrustRegistries, hostsWith, hostsWithout, trustRegistry } from './registry-trust.ts';

const name = '123456789012.dkr.ecr.us-east-1.amazonaws.com';
const other = '111122223333.dkr.ecr.eu-west-1.amazonaws.com';
const line = (of: string): string => `127.80.255.1 ${of} # longshore registry trust`;

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'longshore-registry-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe('the names', () => {
  test('[ECR-24] are AWS’s, of an account and a region', () => {
    expect(registryName('123456789012', 'us-east-1')).toBe(name);
    expect(registryName('123456789012', 'us-gov-west-1')).toBe('123456789012.dkr.ecr.us-gov-west-1.amazonaws.com');
    expect(registryName('123456789012', 'cn-north-1')).toBe('123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn');
    expect(() => registryName('12345', 'us-east-1')).toThrow("--account is '12345', which is not twelve digits");
    // What goes into a hosts file and into commands to run must be nothing else.
    for (const region of ['', 'us east', 'x\n127.0.0.1 y', '$(reboot)-1', 'us-east-1.evil.com'])
      expect(() => registryName('123456789012', region)).toThrow('which is no region such as us-east-1');
  });

  test('[ECR-24] are kept, once each, at most a hundred', () => {
    expect(registryNames(directory)).toEqual([]);
    addRegistryName(directory, name);
    expect(addRegistryName(directory, name)).toEqual([name]);
    for (let n = 0; n < 99; n += 1) addRegistryName(directory, `n${n}`);
    expect(() => addRegistryName(directory, 'more')).toThrow('at most 100 names');
    forgetRegistryNames(directory);
    expect(registryNames(directory)).toEqual([]);
    writeFileSync(places.registryNames(directory), '{');
    expect(registryNames(directory)).toEqual([]);
  });
});

describe('the hosts file', () => {
  test.each([
    ['', `${line(name)}\n`],
    ['127.0.0.1 localhost\n', `127.0.0.1 localhost\n${line(name)}\n`],
    ['127.0.0.1 localhost', `127.0.0.1 localhost\n${line(name)}\n`],
    [`${line(other)}\n`, `${line(other)}\n${line(name)}\n`],
    [`${line(name)}\n# end\n`, undefined],
  ])('[ECR-24] gets one marked line: %j', (before, want) => {
    expect(hostsWith(before, name)).toBe(want);
  });

  test('[ECR-24] is as before when the line is taken away, whoever else wrote there', () => {
    const own = `127.0.0.1 localhost\n127.80.255.1 ${name}\n${line(other)}\n# end`;
    const with_ = `127.0.0.1 localhost\n127.80.255.1 ${name}\n${line(name)}\n${line(other)}\n# end`;
    expect(hostsWithout(with_, [name])).toBe(own);
    expect(hostsWithout(own, [name])).toBeUndefined();
  });
});

describe('trust and distrust', () => {
  const machine = () => ({ hostsFile: join(directory, 'hosts'), certsDirectory: join(directory, 'etc/certs.d') });
  const trust = (one: string) => trustRegistry(directory, one, { machine: machine(), clock: systemClock });

  test('[ECR-24] write what the engine needs, again and again, and take all of it back', async () => {
    const { hostsFile, certsDirectory } = machine();
    writeFileSync(hostsFile, '127.0.0.1 localhost\n');
    expect(await trust(name)).toEqual([]);
    expect(await trust(name)).toEqual([]);
    expect(await trust(other)).toEqual([]);
    expect(readFileSync(hostsFile, 'utf8')).toBe(`127.0.0.1 localhost\n${line(name)}\n${line(other)}\n`);
    const authority = readFileSync(places.apiAuthority(directory), 'utf8');
    for (const one of [name, other]) expect(readFileSync(join(certsDirectory, one, 'ca.crt'), 'utf8')).toBe(authority);
    expect(distrustRegistries(directory, { machine: machine() })).toEqual({ names: [name, other], missing: [] });
    expect(readFileSync(hostsFile, 'utf8')).toBe('127.0.0.1 localhost\n');
    expect(existsSync(certsDirectory)).toBe(false);
    expect(distrustRegistries(directory, { machine: machine() })).toEqual({ names: [], missing: [] });
  });

  test('[ECR-24] leave what others put beside it', async () => {
    const { certsDirectory } = machine();
    await trust(name);
    writeFileSync(join(certsDirectory, name, 'client.cert'), 'x');
    distrustRegistries(directory, { machine: machine() });
    expect(existsSync(join(certsDirectory, name, 'client.cert'))).toBe(true);
    expect(existsSync(join(certsDirectory, name, 'ca.crt'))).toBe(false);
  });

  test('[ECR-24] what cannot be changed is told with the command that does it, and nothing is forgotten before', async () => {
    const { hostsFile, certsDirectory } = machine();
    mkdirSync(hostsFile); // as little to be written to as a file of somebody else's, also for root
    writeFileSync(join(directory, 'etc'), '');
    const missing = await trust(name);
    expect(missing.map(({ command }) => command)).toEqual([
      `sh -c 'echo "${line(name)}" >> ${hostsFile}'`,
      `install -D -m 644 ${places.apiAuthority(directory)} ${join(certsDirectory, name, 'ca.crt')}`,
    ]);
    expect(missing[0]?.problem).toContain('EISDIR');
    expect(distrustRegistries(directory, { machine: machine() }).missing.map(({ command }) => command)).toEqual([
      `sh -c 'left=$(grep -vxF -e "${line(name)}" ${hostsFile}); echo "$left" > ${hostsFile}'`,
      `rm -r ${join(certsDirectory, name)}`,
    ]);
    expect(registryNames(directory)).toEqual([name]);
  });
});

test('[ECR-24] the commands that are printed do what the command would', async () => {
  const hostsFile = join(directory, 'hosts');
  const certsDirectory = join(directory, 'certs.d');
  const machine = { hostsFile, certsDirectory };
  const blocked = { hostsFile: join(directory, 'blocked'), certsDirectory: join(directory, 'file/certs.d') };
  mkdirSync(blocked.hostsFile);
  writeFileSync(join(directory, 'file'), '');
  writeFileSync(hostsFile, '127.0.0.1 localhost\n');
  const run = (command: string) =>
    execFileSync('sh', [
      '-ec',
      command.replaceAll(blocked.hostsFile, hostsFile).replaceAll(blocked.certsDirectory, certsDirectory),
    ]);
  for (const { command } of await trustRegistry(directory, name, { machine: blocked, clock: systemClock }))
    run(command);
  expect(await trustRegistry(directory, name, { machine, clock: systemClock })).toEqual([]);
  expect(readFileSync(hostsFile, 'utf8')).toBe(`127.0.0.1 localhost\n${line(name)}\n`);
  for (const { command } of distrustRegistries(directory, { machine: blocked }).missing) run(command);
  expect(readFileSync(hostsFile, 'utf8')).toBe('127.0.0.1 localhost\n');
  expect(existsSync(join(certsDirectory, name))).toBe(false);
  expect(distrustRegistries(directory, { machine })).toEqual({ names: [name], missing: [] });
});

describe('the listener', () => {
  const visit = (port: number, host: string): Promise<string> =>
    new Promise((resolve) => {
      const ca = readFileSync(places.apiAuthority(directory));
      const options = { host: '127.0.0.1', port, servername: host, headers: { host }, ca, agent: false };
      get(options, (response) => response.on('data', (text: Buffer) => resolve(text.toString()))).on(
        'error',
        (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message),
      );
    });

  test('[ECR-25] is there while there are names, for those names, and a running control plane notices', async () => {
    const probe = createTcpServer();
    await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
    const { port } = probe.address() as AddressInfo;
    await new Promise((resolve) => probe.close(resolve));
    const api = createServer((request, response) => response.end(`for ${request.headers.host}`));
    const door = new RegistryDoor({
      directory,
      at: { address: '127.0.0.1', port },
      clock: systemClock,
      log: silentLog,
      take: (socket) => api.emit('connection', socket),
    });
    const machine = { hostsFile: join(directory, 'hosts'), certsDirectory: join(directory, 'certs.d') };
    const trust = (one: string) => trustRegistry(directory, one, { machine, clock: systemClock });
    await door.start();
    await trust(name);
    await expect.poll(() => visit(port, name), { timeout: 5_000 }).toBe(`for ${name}`);
    expect(await visit(port, other)).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
    await trust(other);
    await expect.poll(() => visit(port, other), { timeout: 5_000 }).toBe(`for ${other}`);
    distrustRegistries(directory, { machine });
    await expect.poll(() => visit(port, name), { timeout: 5_000 }).toBe('ECONNREFUSED');
    await trust(name);
    await expect.poll(() => visit(port, name), { timeout: 5_000 }).toBe(`for ${name}`);
    await door.stop();
    expect(await visit(port, name)).toBe('ECONNREFUSED');
  }, 30_000);
});
