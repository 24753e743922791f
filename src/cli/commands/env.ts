import { InvalidArgument, NotFound } from '../../kernel/index.ts';
import { isInstallation, openInstallation, type KeyPair } from '../../main/index.ts';
import { installedAws, readsEndpointUrl } from '../aws-version.ts';
import type { Command, CommandContext } from '../command.ts';
import { dataDirectory, host, port, region } from '../common-options.ts';
import type { Settings } from '../options.ts';
import { dataDirectoryOf } from '../read-common.ts';

/** Quotes a value for a POSIX shell. */
export function quote(value: string): string {
  return /^[\w.:/@+-]+$/.test(value) ? value : `'${value.replaceAll("'", String.raw`'\''`)}'`;
}

/** `longshore env`: the variables that point AWS clients here. */
export const env: Command = {
  name: 'env',
  summary: 'print the export lines that point AWS clients at Longshore',
  about:
    'Prints export lines for a shell. Use: eval "$(longshore env)"\nThe default credentials test / test work on loopback only; --root prints the root key of the installation in --data-dir, which works everywhere.\nWhere the aws in PATH is too old to read AWS_ENDPOINT_URL (before 1.29 and 2.13, as on Debian 12), a last line makes aws a shell function that gives it.',
  options: [
    { ...host, about: 'address Longshore answers on' },
    port,
    region,
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
    const variables = {
      AWS_ENDPOINT_URL: `http://${settings.require('host')}:${settings.integer('port', 1, 65_535)}`,
      AWS_ACCESS_KEY_ID: keys.accessKeyId,
      AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
      AWS_REGION: settings.require('region'),
      AWS_DEFAULT_REGION: settings.require('region'),
    };
    for (const [name, value] of Object.entries(variables)) context.print(`export ${name}=${quote(value)}`);
    const aws = await installedAws();
    if (aws !== undefined && !readsEndpointUrl(aws)) {
      context.print('aws() { command aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }');
      context.say(
        `longshore: aws ${aws.text} does not read AWS_ENDPOINT_URL; in this shell "aws" is now a function that adds --endpoint-url`,
      );
    }
    return 0;
  },
};

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
