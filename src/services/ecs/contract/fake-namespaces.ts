import { Conflict, NotFound } from '../../../kernel/index.ts';
import type { ConnectNamespaces, NamespaceFacts } from '../ports.ts';
import type { FakeRegistrar } from './fake-registrar.ts';

/** Namespaces in memory, whose services are registries of a fake registrar. A transaction that is built again does the same again. */
export class FakeNamespaces implements ConnectNamespaces {
  readonly #registrar: FakeRegistrar;
  readonly names = new Map<string, NamespaceFacts>();
  /** `namespace name` → ARN. */
  readonly services = new Map<string, string>();

  constructor(registrar: FakeRegistrar) {
    this.#registrar = registrar;
  }

  add(name: string): string {
    const arn = `arn:aws:servicediscovery:us-east-1:123456789012:namespace/ns-${name}`;
    this.names.set(arn, { arn, name });
    return arn;
  }

  find(_scope: unknown, nameOrArn: string): NamespaceFacts | undefined {
    return this.names.get(nameOrArn) ?? [...this.names.values()].find(({ name }) => name === nameOrArn);
  }

  ensure(_tx: unknown, _scope: unknown, name: string): NamespaceFacts {
    return this.find(undefined, name) ?? { arn: this.add(name), name };
  }

  createService(_tx: unknown, _scope: unknown, namespaceArn: string, name: string): string {
    if (!this.names.has(namespaceArn)) throw new NotFound('no such namespace');
    const key = `${namespaceArn} ${name}`;
    if (this.services.has(key)) throw new Conflict(`there is a service ${name} already`);
    const arn = this.#registrar.addRegistry(`${namespaceArn.slice(-4)}-${name}`, { recordTypes: [] });
    this.services.set(key, arn);
    return arn;
  }

  removeService(_tx: unknown, _scope: unknown, serviceArn: string): boolean {
    if ([...this.#registrar.instances.keys()].some((key) => key.startsWith(`${serviceArn} `))) return false;
    for (const [key, arn] of this.services) if (arn === serviceArn) this.services.delete(key);
    this.#registrar.registries.delete(serviceArn);
    return true;
  }
}
