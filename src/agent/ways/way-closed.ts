/** How often FARGATE says that it tried again, by what it called. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/resource-initialization-error.html */
export const retries = { registryAuth: 3, others: 5 } as const;

/** A call of the platform that did not leave the task's subnet; the text is the AWS SDK's of it. */
export class WayClosed extends Error {
  override readonly name = 'WayClosed';
  constructor() {
    super(
      'RequestCanceled: request context canceled caused by: context deadline exceeded. Please check your task network configuration.',
    );
  }
}

/** How FARGATE says how often it tried. */
export function retriedText(error: unknown): string {
  return `service call has been retried ${error instanceof WayClosed ? retries.others : 1} time(s)`;
}
