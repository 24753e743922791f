/**
 * An error an AWS client understands. `code` is the AWS error code; when the service's model has an error shape of that
 * name, its HTTP status and wire code are used, otherwise `status`.
 */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: string;
  /** Modelled members beside the message. */
  readonly members: Readonly<Record<string, unknown>>;
  /** HTTP status for codes the model does not know. */
  readonly status: number;
  constructor(
    code: string,
    message: string,
    options: { members?: Readonly<Record<string, unknown>>; status?: number } = {},
  ) {
    super(message);
    this.code = code;
    this.members = options.members ?? {};
    this.status = options.status ?? 400;
  }
}
