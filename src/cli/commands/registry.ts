import { connect } from 'node:tls';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { InvalidArgument, NotFound } from '../../kernel/index.ts';
import {
  distrustRegistries,
  isInstallation,
  places,
  registryAddress,
  registryName,
  registryPort,
  trustRegistry,
  type Missing,
} from '../../main/index.ts';
import { systemClock } from '../../platform/index.ts';
import type { Command, CommandContext } from '../command.ts';
import { dataDirectory, region } from '../common-options.ts';
import { runningHere } from '../reached-at.ts';
import { dataDirectoryOf } from '../read-common.ts';

const answersWithinMs = 5_000;
const askEveryMs = 250;

/** `longshore registry trust`: `docker push` under AWS's own name. */
export const registry: Command = {
  name: 'registry',
  summary: "let docker on this machine push to and pull from AWS's name of a registry",
  about: `longshore registry trust makes ACCOUNT.dkr.ecr.REGION.amazonaws.com lead to Longshore on this machine: a marked line in /etc/hosts, the authority in
/etc/docker/certs.d, and a running longshore up (or the next) answers at ${registryAddress}:${registryPort}. longshore registry distrust takes all of that back. What this user
may not change is printed as commands to run. For an engine on this machine, not for one in a virtual machine (Docker Desktop).`,
  arguments: ['trust|distrust'],
  options: [
    { name: 'account', value: 'ACCOUNT', about: 'whose registry', fallback: '123456789012' },
    region,
    dataDirectory,
  ],
  async run(settings, context) {
    const what = settings.argument(0);
    const directory = dataDirectoryOf(settings, context.environment);
    if (what !== 'trust' && what !== 'distrust')
      throw new InvalidArgument(`there is no 'registry ${what}'; there is 'registry trust' and 'registry distrust'`);
    if (!isInstallation(directory))
      throw new NotFound(`there is no installation in ${directory}: start longshore there once, or give --data-dir`);
    if (what === 'distrust') return distrust(directory, context);
    return trust(directory, registryName(settings.require('account'), settings.require('region')), context);
  },
};

async function trust(directory: string, name: string, context: CommandContext): Promise<number> {
  const missing = await trustRegistry(directory, name, { clock: systemClock });
  sayMissing(missing, context);
  const authority = readFileSync(places.apiAuthority(directory), 'utf8');
  const serves = runningHere(directory) === undefined ? 'later' : await answersSoon(name, authority);
  if (serves === 'no')
    context.say(
      `longshore: nothing answers as ${name} at ${registryAddress}:${registryPort}; the log of longshore up says why. Where its user may not listen there: sudo sysctl net.ipv4.ip_unprivileged_port_start=${registryPort}, and start it again`,
    );
  if (missing.length > 0 || serves === 'no') return 1;
  if (serves === 'later')
    context.say('longshore: no longshore up runs on the data directory; the next one answers under this name');
  context.print(name);
  context.say(`now: aws ecr get-login-password | docker login --username AWS --password-stdin ${name}`);
  return 0;
}

function distrust(directory: string, context: CommandContext): number {
  const { names, missing } = distrustRegistries(directory);
  sayMissing(missing, context);
  if (missing.length > 0) return 1;
  context.say(names.length === 0 ? 'longshore: no name was trusted' : `no longer trusted: ${names.join(' ')}`);
  return 0;
}

function sayMissing(missing: readonly Missing[], { say, print }: CommandContext): void {
  if (missing.length === 0) return;
  say(
    `longshore: this user may not do all of it (${missing.map(({ problem }) => problem).join('; ')}). Run, and then the command again:`,
  );
  for (const { command } of missing) print(`sudo ${command}`);
}

async function answersSoon(name: string, authority: string): Promise<'yes' | 'no'> {
  for (let waitedMs = 0; waitedMs < answersWithinMs; waitedMs += askEveryMs) {
    if (await answers(name, authority)) return 'yes';
    await sleep(askEveryMs);
  }
  return 'no';
}

/** Whether this installation, and no other, has the name. */
function answers(servername: string, ca: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(
      { host: registryAddress, port: registryPort, servername, ca, timeout: answersWithinMs },
      () => {
        resolve(true);
        socket.destroy();
      },
    );
    socket.on('timeout', () => socket.destroy());
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(false));
  });
}
