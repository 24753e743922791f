const head = '<?xml version="1.0" encoding="UTF-8"?>\n';
const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

function escaped(text: string): string {
  return text.replaceAll(/[&<>]/g, (character) => entities[character] ?? '');
}

export function errorXml(code: string, message: string): string {
  return `${head}<Error><Code>${escaped(code)}</Code><Message>${escaped(message)}</Message></Error>`;
}

/** Nothing stands for us-east-1. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html */
export function locationXml(region: string): string {
  const name = 'LocationConstraint';
  const namespace = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';
  return region === 'us-east-1'
    ? `${head}<${name} ${namespace}/>`
    : `${head}<${name} ${namespace}>${escaped(region)}</${name}>`;
}
