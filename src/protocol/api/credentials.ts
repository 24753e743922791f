import type { Caller } from './service.ts';

/** A key the caller may sign with. */
export interface Credential {
  readonly secretAccessKey: string;
  readonly caller: Caller;
}

/** Where the server finds the secret behind an access key ID. Called once for each request, so it must be quick. */
export interface CredentialStore {
  /**
   * @param sessionToken undefined for long-lived keys; a temporary key without its token, or with another's, is unknown
   * @returns `'expired'` for a temporary key that was valid once, undefined for a key nobody issued
   */
  find(accessKeyId: string, sessionToken: string | undefined): Credential | 'expired' | undefined;
}
