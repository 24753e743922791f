import type { Command } from '../command.ts';
import { host, port, region } from '../common-options.ts';

/** Quotes a value for a POSIX shell. */
function quote(value: string): string {
  return /^[\w.:/@+-]+$/.test(value) ? value : `'${value.replaceAll("'", String.raw`'\''`)}'`;
}

/** `longshore env`: the variables that point AWS clients here. */
export const env: Command = {
  name: 'env',
  summary: 'print the export lines that point AWS clients at Longshore',
  about: 'Prints export lines for a shell. Use: eval "$(longshore env)"',
  options: [
    host,
    port,
    region,
    {
      name: 'account',
      value: 'ACCOUNT',
      about: 'a twelve-digit account of its own, empty at first; by default 123456789012',
    },
  ],
  run(settings, { print }) {
    const account = settings.get('account');
    const variables = {
      AWS_ENDPOINT_URL: `http://${settings.require('host')}:${settings.integer('port', 1, 65_535)}`,
      AWS_ACCESS_KEY_ID: account ?? 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: settings.require('region'),
      AWS_DEFAULT_REGION: settings.require('region'),
    };
    for (const [name, value] of Object.entries(variables)) print(`export ${name}=${quote(value)}`);
    return Promise.resolve(0);
  },
};
