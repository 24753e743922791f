import type { Log } from '../kernel/index.ts';
import { isLoopback } from '../main/index.ts';
import type { CommandContext } from './command.ts';

/** What to do when the journal's disk fails: nothing more can be answered, and only a new process can see what the disk really has. */
export function endOnFailure(log: Log): (error: Error) => void {
  return (error) => {
    log.error('ending, because the journal failed', { error: error.message });
    process.exit(1);
  };
}

/** Off loopback the default credentials are refused, and clients have to trust a certificate: says which, so that nobody is locked out. */
export function sayHowToReach(
  {
    host,
    directory,
    caFile,
  }: { readonly host: string; readonly directory: string; readonly caFile: string | undefined },
  { say }: Pick<CommandContext, 'say'>,
): void {
  if (caFile !== undefined)
    say(`longshore: clients elsewhere need a copy of ${caFile} (AWS_CA_BUNDLE, longshore agent --ca-file)`);
  if (isLoopback(host)) return;
  say(
    `longshore: ${host} is reachable from outside, so the credentials test / test are refused; for the root key of account 123456789012 run: longshore env --root --data-dir ${directory}`,
  );
}
