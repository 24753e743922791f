export type KeyAlgorithm =
  | 'RSA_1024'
  | 'RSA_2048'
  | 'RSA_3072'
  | 'RSA_4096'
  | 'EC_prime256v1'
  | 'EC_secp384r1'
  | 'EC_secp521r1';

/** What a certificate says. */
export interface CertificateFacts {
  /** The common name, or the first of the alternative names. */
  readonly domainName: string;
  /** All names it is for, the domain name first. */
  readonly names: readonly string[];
  /** Hexadecimal bytes with colons in between. */
  readonly serial: string;
  /** Such as `CN=www.example.com,O=Example`. */
  readonly subject: string;
  /** The issuer's common name or organization. */
  readonly issuer: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly keyAlgorithm: KeyAlgorithm;
  /** As AWS writes it, such as `SHA256WITHRSA`. */
  readonly signatureAlgorithm: string;
}

export interface GivenCertificate {
  /** PEM. */
  readonly certificate: string;
  /** PEM. */
  readonly privateKey: string;
  /** PEM; absent: none. */
  readonly chain?: string;
}

/** What ACM needs to read certificates with; cryptography is the platform's. */
export interface CertificateReader {
  /**
   * Reads and checks a certificate: it is one, it is valid now, its key is its own and of a supported kind, its chain leads from it upwards.
   * @throws InvalidArgument with AWS's sentence
   */
  read(given: GivenCertificate, nowMs: number): CertificateFacts;
}

export interface CertificateOrder {
  /** The first is the domain name; `*.` may begin a name. */
  readonly names: readonly string[];
  readonly keyAlgorithm: KeyAlgorithm;
  readonly nowMs: number;
}

/** Makes certificates, signed by the installation's own authority. */
export interface CertificateAuthority {
  issue(order: CertificateOrder): Promise<Required<GivenCertificate>>;
}

/** Who uses certificates; implemented by the services that do, wired in main. */
export interface CertificateUsers {
  /** ARNs of what uses a certificate, such as load balancers. */
  of(certificateArn: string): readonly string[];
}
