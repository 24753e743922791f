import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { InvalidArgument } from '../../kernel/index.ts';
import { noChange } from '../policy/picture.ts';
import type { NamespaceHolder, TaskInterface, TaskNetwork } from '../network.ts';
import { openTo } from './policies.ts';

export interface NetworkUnderTest {
  readonly network: TaskNetwork;
  /** A network as another agent process of the same machine would open it. */
  reopen(owner: 'same' | 'other'): Promise<TaskNetwork>;
  /** A network namespace of its own, made as the network asks for this interface. */
  namespace(wanted: TaskInterface, network: TaskNetwork): Promise<NamespaceHolder>;
  close(): Promise<void>;
}

/** Interfaces of a VPC that is for tests, told apart by a number from 2 to 254. */
export function testInterface(number: number, change: Partial<TaskInterface> = {}): TaskInterface {
  const digits = number.toString(16).padStart(2, '0');
  return {
    id: `eni-0c0ffee0000000a${digits}`,
    macAddress: `0a:58:0a:d5:00:${digits}`,
    address: `10.213.0.${number}`,
    prefixLength: 24,
    gateway: '10.213.0.1',
    vpcPrefixes: ['10.213.0.0/16'],
    ...change,
  };
}

/** Every task network behaves like this. */
export function describeNetworkContract(name: string, open: () => Promise<NetworkUnderTest>): void {
  describe(`task network: ${name}`, () => {
    const state: { subject?: NetworkUnderTest } = {};
    const subject = (): NetworkUnderTest => {
      if (state.subject === undefined) throw new Error('the network under test is not open');
      return state.subject;
    };
    const network = (): TaskNetwork => subject().network;
    /** As the agent does it: a namespace for the interface, the interface in it. */
    const attach = async (wanted: TaskInterface, on = network()): Promise<void> => {
      await on.enforcer?.apply(openTo([wanted]));
      await on.attach(wanted, await subject().namespace(wanted, on));
    };
    const attached = (number: number) => ({ id: testInterface(number).id, address: testInterface(number).address });

    beforeEach(async () => {
      state.subject = await open();
      await network().prepare();
      await network().enforcer?.apply({ ...noChange, complete: true });
    });
    afterEach(async () => {
      await network().destroy();
      await subject().close();
    });

    test('says what it can do', () => {
      expect(network().capabilities.awsvpc).toBe(true);
      expect(network().capabilities.limitations.every((sentence) => sentence.endsWith('.'))).toBe(true);
    });

    test('lists what is attached, not what is detached', async () => {
      await attach(testInterface(2));
      await attach(testInterface(3));
      expect(byId(await network().list())).toEqual([attached(2), attached(3)]);
      await network().detach(attached(2));
      expect(await network().list()).toEqual([attached(3)]);
    });

    test('every call may be repeated', async () => {
      await network().enforcer?.apply(openTo([testInterface(2)]));
      const holder = await subject().namespace(testInterface(2), network());
      await network().prepare();
      await network().attach(testInterface(2), holder);
      await network().attach(testInterface(2), holder);
      await network().prepare();
      expect(await network().list()).toEqual([attached(2)]);
      await network().detach(attached(2));
      await network().detach(attached(2));
      await network().destroy();
      await network().destroy();
      expect(await network().list()).toEqual([]);
      await network().detach(attached(2));
    });

    test('attaching prepares what is missing', async () => {
      await network().destroy();
      await network().enforcer?.apply({ ...noChange, complete: true });
      await attach(testInterface(2));
      expect(await network().list()).toEqual([attached(2)]);
    });

    test('refuses an interface of which it was not told what may pass, where it enforces that', async ({ skip }) => {
      const { enforcer } = network();
      if (enforcer === undefined) return skip('capabilities.limitations says that nothing is enforced');
      const attachOnly = async (wanted: TaskInterface): Promise<void> =>
        network().attach(wanted, await subject().namespace(wanted, network()));
      await enforcer.apply(openTo([testInterface(3)]));
      await expect(attachOnly(testInterface(2))).rejects.toMatchObject({ name: 'NetworkFailed' });
      await attachOnly(testInterface(3));
      await network().detach(attached(3));
      await expect(attachOnly(testInterface(3))).rejects.toMatchObject({ name: 'NetworkFailed' });
      expect(await network().list()).toEqual([]);
    });

    test('refuses what may pass when it is nothing that could be enforced', async ({ skip }) => {
      const { enforcer } = network();
      if (enforcer === undefined) return skip('capabilities.limitations says that nothing is enforced');
      const bad = { ...openTo([]), removedGroups: ['sg-1 }; flush ruleset'] };
      await expect(enforcer.apply(bad)).rejects.toBeInstanceOf(InvalidArgument);
    });

    test('a restarted agent finds its interfaces, and only its own', async () => {
      await attach(testInterface(2));
      const restarted = await subject().reopen('same');
      const other = await subject().reopen('other');
      expect(await restarted.list()).toEqual([attached(2)]);
      expect(await other.list()).toEqual([]);
    });

    test('one agent leaving takes nothing from another', async () => {
      const other = await subject().reopen('other');
      await other.prepare();
      await other.enforcer?.apply({ ...noChange, complete: true });
      await attach(testInterface(3), other);
      await attach(testInterface(2));
      await other.destroy();
      expect(await network().list()).toEqual([attached(2)]);
    });

    test('an address is given once', async () => {
      await attach(testInterface(2));
      const second = testInterface(3, { address: testInterface(2).address });
      await expect(attach(second)).rejects.toMatchObject({
        name: 'NetworkFailed',
      });
      expect(await network().list()).toEqual([attached(2)]);
      await network().detach(attached(2));
      await attach(second);
      expect(await network().list()).toEqual([{ id: second.id, address: second.address }]);
    });

    test('an interface moves with its task to another namespace', async () => {
      await attach(testInterface(2));
      await attach(testInterface(2));
      expect(await network().list()).toEqual([attached(2)]);
    });

    test.each<Partial<TaskInterface>>([{ id: 'eni-x' }, { address: 'ten' }, { vpcPrefixes: [] }, { macAddress: '' }])(
      'refuses %j',
      async (change) => {
        await expect(attach(testInterface(2, change))).rejects.toBeInstanceOf(InvalidArgument);
        expect(await network().list()).toEqual([]);
      },
    );
  });
}

function byId<T extends { readonly id: string }>(items: readonly T[]): readonly T[] {
  return items.toSorted((a, b) => a.id.localeCompare(b.id));
}
