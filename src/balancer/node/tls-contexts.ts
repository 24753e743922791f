import { createSecureContext, type SecureContext, type Server, type TlsOptions } from 'node:tls';
import type { CertificateConfig, ListenerConfig } from '../../balancer-protocol/index.ts';
import { messageOf } from '../../kernel/index.ts';
import { limits } from '../limits.ts';

/** The certificates of a listener, by server name. */
export class TlsContexts {
  #default: SecureContext | undefined;
  #minVersion: ListenerConfig['minimumTlsVersion'];
  #first: { readonly cert: string; readonly key: string } | undefined;
  readonly #byName = new Map<string, SecureContext>();

  /**
   * Takes the certificates of a listener, also for the servers that run.
   * @returns why it cannot be served; '' when it can
   */
  apply({ certificates, minimumTlsVersion }: ListenerConfig, servers: Iterable<object>): string {
    try {
      this.#configure(certificates, minimumTlsVersion);
      for (const server of servers)
        if ('setSecureContext' in server) (server as Server).setSecureContext(this.serverOptions());
      return certificates.length === 0 ? 'the listener has no certificate' : '';
    } catch (error) {
      return `a certificate of the listener cannot be used: ${messageOf(error)}`;
    }
  }

  /** @throws Error for a certificate or key that cannot be read */
  #configure(certificates: readonly CertificateConfig[], minVersion: ListenerConfig['minimumTlsVersion']): void {
    this.#minVersion = minVersion;
    this.#byName.clear();
    this.#default = undefined;
    const [first] = certificates;
    this.#first = first === undefined ? undefined : { cert: first.certificate, key: first.privateKey };
    for (const { certificate, privateKey, names } of certificates) {
      const context = createSecureContext({ cert: certificate, key: privateKey, minVersion: minVersion ?? 'TLSv1.2' });
      this.#default ??= context;
      for (const name of names) {
        const key = name.toLowerCase();
        if (!this.#byName.has(key)) this.#byName.set(key, context);
      }
    }
  }

  /** For a server that looks certificates up here; clients without a server name get the default. */
  serverOptions(): TlsOptions {
    return {
      minVersion: this.#minVersion ?? 'TLSv1.2',
      handshakeTimeout: limits.connectTimeoutMs,
      SNICallback: (name, done) => done(null, this.find(name)),
      ...this.#first,
    };
  }

  /** The certificate for a name: its own, else that of its wildcard, else the default. */
  find(serverName: string): SecureContext | undefined {
    const name = serverName.toLowerCase();
    const dot = name.indexOf('.');
    return this.#byName.get(name) ?? this.#byName.get(dot < 0 ? name : `*${name.slice(dot)}`) ?? this.#default;
  }
}
