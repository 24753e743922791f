/** What an Application Load Balancer calls its statuses. */
const reasons: Readonly<Record<number, string>> = {
  200: 'OK',
  301: 'Moved Permanently',
  302: 'Found',
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  413: 'Request Entity Too Large',
  414: 'Request-URI Too Large',
  429: 'Too Many Requests',
  463: '',
  464: '',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Temporarily Unavailable',
  504: 'Gateway Time-out',
  505: 'HTTP Version Not Supported',
};

export function reasonOf(status: number): string {
  return reasons[status] ?? '';
}

/** The page that a load balancer answers with by itself. */
export function pageOf(status: number): string {
  const title = `${status} ${reasonOf(status)}`.trim();
  return `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n</body>\r\n</html>\r\n`;
}

/** An answer of the load balancer's own. */
export interface OwnAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  readonly location?: string;
}

export function errorAnswer(status: number): OwnAnswer {
  return { status, contentType: 'text/html', body: pageOf(status) };
}

export function redirectAnswer(status: number, location: string): OwnAnswer {
  return { ...errorAnswer(status), location };
}

/** The bytes for HTTP/1; without a body for HEAD. */
export function ownAnswerText(
  answer: OwnAnswer,
  request: { readonly method: string; readonly close: boolean; readonly nowMs: number },
): string {
  const { status, contentType, body, location } = answer;
  const length = Buffer.byteLength(body);
  return (
    `HTTP/1.1 ${status} ${reasonOf(status)}\r\nServer: awselb/2.0\r\nDate: ${new Date(request.nowMs).toUTCString()}\r\n` +
    `${contentType === '' ? '' : `Content-Type: ${contentType}\r\n`}Content-Length: ${length}\r\n` +
    `Connection: ${request.close ? 'close' : 'keep-alive'}\r\n${location === undefined ? '' : `Location: ${location}\r\n`}\r\n` +
    (request.method === 'HEAD' ? '' : body)
  );
}
