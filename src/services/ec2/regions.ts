/** The regions a new account can use without asking, and the others. Longshore serves any of them, and any other name. */
export const regions: readonly string[] = (
  'ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-southeast-1 ap-southeast-2 ca-central-1 eu-central-1 ' +
  'eu-north-1 eu-west-1 eu-west-2 eu-west-3 sa-east-1 us-east-1 us-east-2 us-west-1 us-west-2'
).split(' ');

export const optInRegions: readonly string[] = (
  'af-south-1 ap-east-1 ap-east-2 ap-south-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-7 ca-west-1 ' +
  'eu-central-2 eu-south-1 eu-south-2 il-central-1 me-central-1 me-south-1 mx-central-1'
).split(' ');

/** The zones of a region, as letters. */
export const zoneLetters: readonly string[] = ['a', 'b', 'c'];

export function zoneName(region: string, letter: string): string {
  return `${region}${letter}`;
}

/** The id of a zone, such as `use1-az1`: the same place for every account. */
export function zoneId(region: string, letter: string): string {
  const [area = '', ...rest] = region.split('-');
  const number = rest.pop() ?? '';
  const directions = rest.map((word) => word.replace(/north|south|east|west|central|[a-z]+/g, (part) => part[0] ?? ''));
  return `${area}${directions.join('')}${number}-az${zoneLetters.indexOf(letter) + 1}`;
}
