/** Regular expressions that users write: whoever implements it bounds what a match can cost. */
export interface PatternReader {
  /** A test of a whole value. @throws InvalidArgument when the pattern cannot be read */
  read(pattern: string): (value: string) => boolean;
}

/** Temporary credentials of a role. */
export interface InstanceCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expirationMs: number;
}

/** The roles of managed nodes, which Systems Manager assumes for them. */
export interface InstanceRoles {
  /** ARN of a role of the account, by name with its path; undefined when there is none, or none that trusts `ssm.amazonaws.com`. */
  assumable(account: string, name: string): string | undefined;
  /** Credentials of such a role, for an hour; the session is called as the machine. */
  issue(request: {
    readonly account: string;
    readonly roleArn: string;
    readonly instanceId: string;
    readonly nowMs: number;
  }): InstanceCredentials;
}

/** Secrets that machines hold are kept as digests. */
export interface Digests {
  /** 64 hexadecimal digits. */
  sha256(text: string): string;
}
