import { Conflict, NotFound } from '../../../kernel/index.ts';
import type { Transaction } from '../../../store/index.ts';
import type { InstanceRegistrar, RegistryFacts } from '../ports.ts';
import type { Scope } from '../records/scope.ts';

export interface FakeInstance {
  readonly attributes: Readonly<Record<string, string>>;
  readonly health?: 'HEALTHY' | 'UNHEALTHY';
}

/** Cloud Map services in memory. A transaction that is built again does the same again, so nothing here needs to be undone. */
export class FakeRegistrar implements InstanceRegistrar {
  readonly registries = new Map<string, RegistryFacts>();
  /** `arn id` → instance. */
  readonly instances = new Map<string, FakeInstance>();
  /** No registry takes another instance. */
  full = false;

  /** @returns its ARN */
  addRegistry(id: string, facts: Partial<RegistryFacts> = {}): string {
    const arn = `arn:aws:servicediscovery:us-east-1:123456789012:service/srv-${id}`;
    this.registries.set(arn, { recordTypes: ['A'], customHealth: false, ...facts });
    return arn;
  }

  registry(_scope: Scope, arn: string): RegistryFacts | undefined {
    return this.registries.get(arn);
  }

  register(
    _tx: Transaction,
    _scope: Scope,
    arn: string,
    { id, attributes }: { readonly id: string; readonly attributes: Readonly<Record<string, string>> },
  ): void {
    const facts = this.registries.get(arn);
    if (facts === undefined) throw new NotFound('no such registry');
    if (this.full) throw new Conflict('the registry is full');
    const health = attributes['AWS_INIT_HEALTH_STATUS'] === 'UNHEALTHY' ? 'UNHEALTHY' : 'HEALTHY';
    this.instances.set(`${arn} ${id}`, { attributes, ...(facts.customHealth ? { health } : {}) });
  }

  deregister(_tx: Transaction, _scope: Scope, arn: string, id: string): void {
    this.instances.delete(`${arn} ${id}`);
  }

  health(_scope: Scope, arn: string, id: string): FakeInstance['health'] {
    return this.instances.get(`${arn} ${id}`)?.health;
  }

  setHealth(
    _tx: Transaction,
    _scope: Scope,
    arn: string,
    { id, health }: { readonly id: string; readonly health: 'HEALTHY' | 'UNHEALTHY' },
  ): void {
    const row = this.instances.get(`${arn} ${id}`);
    if (row?.health !== undefined) this.instances.set(`${arn} ${id}`, { ...row, health });
  }
}
