/**
 * How a client makes sure that it speaks to its control plane over https; named as node:tls names it. Whatever is absent is as usual: the
 * authorities that the machine knows, the name in the endpoint.
 */
export interface ServerTrust {
  /** PEM: the only authorities that may have signed the control plane's certificate. */
  readonly ca?: string;
  /** The name that the certificate must have. */
  readonly servername?: string;
}
