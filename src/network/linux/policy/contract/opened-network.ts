import { afterEach, beforeEach } from 'vitest';
import { noChange, type PolicyChange, type TaskNetwork } from '../../../index.ts';
import { Namespaces } from './namespaces.ts';

/** A machine of namespaces whose task network is opened before each test of a file, and is gone after it. */
export function networkOfEachTest(name: string) {
  const machine = new Namespaces(`${name}-${process.pid}`);
  let opened: TaskNetwork;
  const network = (): TaskNetwork => opened;
  const apply = async (change: Partial<PolicyChange>): Promise<void> =>
    network().enforcer?.apply({ ...noChange, ...change });

  /** As an agent does when it starts; again, as one that was started again. */
  async function open(): Promise<void> {
    opened = await machine.open();
    await opened.prepare();
  }

  beforeEach(open);
  afterEach(async () => {
    await opened.destroy();
    machine.end();
  });
  return { machine, network, apply, open };
}
