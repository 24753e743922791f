import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { InvalidArgument, NotFound } from '../../kernel/index.ts';
import { hostNameServer, isInstallation, openInstallation, places, type KeyPair } from '../../main/index.ts';
import { quote } from '../../platform/index.ts';
import { installedAws, readsEndpointUrl } from '../aws-version.ts';
import type { Command, CommandContext } from '../command.ts';
import { dataDirectory, host, port, region } from '../common-options.ts';
import type { Settings } from '../options.ts';
import { reachedAt, runningHere, type ReachedAt } from '../reached-at.ts';
import { dataDirectoryOf } from '../read-common.ts';

/** `longshore env`: the variables that point AWS clients here. */
export const env: Command = {
  name: 'env',
  summary: 'print the export lines that point AWS clients at Longshore',
  about:
    'Prints export lines for a shell. Use: eval "$(longshore env)"\nThe default credentials test / test work on loopback only; --root prints the root key of the installation in --data-dir, which works everywhere.\nWhere Longshore speaks TLS (off loopback it does) the lines also name the authority to trust: its own or --ca-file.\nWhere the aws in PATH does not read AWS_ENDPOINT_URL (before 2.13, as on Debian 12; version 1 not for every service), a last line makes aws a shell function that gives it.',
  options: [
    { ...host, about: 'address Longshore answers on' },
    port,
    region,
    {
      name: 'insecure-plain-http',
      about: 'the Longshore at --host was started with it',
    },
    {
      name: 'ca-file',
      value: 'FILE',
      about: "PEM file of the authority to trust, such as a copy of another machine's tls/ca.pem",
    },
    {
      name: 'account',
      value: 'ACCOUNT',
      about: 'a twelve-digit account of its own, empty at first; by default 123456789012',
    },
    { name: 'root', about: 'the root key of the installation, for clients on other machines' },
    dataDirectory,
  ],
  async run(settings, context) {
    const keys = credentials(settings, context);
    const { url, caFile } = place(settings, context);
    const variables = {
      AWS_ENDPOINT_URL: url,
      AWS_ACCESS_KEY_ID: keys.accessKeyId,
      AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
      AWS_REGION: settings.require('region'),
      AWS_DEFAULT_REGION: settings.require('region'),
      // The aws CLI and boto3 read the first, SDKs on Node.js the second, longshore's own commands the third.
      ...(caFile === undefined
        ? {}
        : { AWS_CA_BUNDLE: caFile, NODE_EXTRA_CA_CERTS: caFile, LONGSHORE_CA_FILE: caFile }),
    };
    for (const [name, value] of Object.entries(variables)) context.print(`export ${name}=${quote(value)}`);
    const aws = await installedAws();
    if (aws !== undefined && !readsEndpointUrl(aws)) {
      context.print('aws() { command aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }');
      context.say(
        `longshore: aws ${aws.text} does not read AWS_ENDPOINT_URL for every service; in this shell "aws" is now a function that adds --endpoint-url`,
      );
    }
    // Last, so that a shell that is given all lines as one reads what is before.
    context.print(
      `# Names on this machine: longshore resolve --name NAME, or "nameserver ${hostNameServer}" first in /etc/resolv.conf; other names are asked on.`,
    );
    return 0;
  },
};

function place(settings: Settings, { environment }: CommandContext): ReachedAt {
  const directory = dataDirectoryOf(settings, environment);
  const given = settings.get('ca-file');
  const own = places.apiAuthority(directory);
  return reachedAt(
    {
      host: settings.require('host'),
      port: settings.integer('port', 1, 65_535),
      insecurePlainHttp: settings.flag('insecure-plain-http'),
      caFile: given === undefined ? undefined : resolve(given),
    },
    runningHere(directory),
    existsSync(own) ? resolve(own) : undefined,
  );
}

function credentials(settings: Settings, { environment }: CommandContext): KeyPair {
  const account = settings.get('account');
  if (!settings.flag('root')) {
    if (account !== undefined && !/^\d{12}$/.test(account))
      throw new InvalidArgument(`--account is '${account}', which is not twelve digits`);
    return { accessKeyId: account ?? 'test', secretAccessKey: 'test' };
  }
  if (account !== undefined)
    throw new InvalidArgument('--root is a key of account 123456789012: give it or --account, not both');
  const directory = dataDirectoryOf(settings, environment);
  if (!isInstallation(directory))
    throw new NotFound(`there is no installation in ${directory}: start longshore there once, or give --data-dir`);
  return openInstallation(directory).root;
}
