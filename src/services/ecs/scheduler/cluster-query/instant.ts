const format = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d):(\d\d)(?:Z|([+-])(\d\d):(\d\d))?)?$/;
const daysBeforeMonth = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365];

function isLeap(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
}

/** Days from year 0 to the first of January of `year`. */
function daysBeforeYear(year: number): number {
  const past = year - 1;
  return year * 365 + Math.floor(past / 4) - Math.floor(past / 100) + Math.floor(past / 400);
}

/** Seconds since 1970 of one of the query language's date formats (UTC when no offset is given); undefined when it is none of them. */
export function readInstant(text: string): number | undefined {
  const match = format.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (month < 1 || month > 12 || hour > 23 || minute > 59 || second > 59) return undefined;
  const leapDay = isLeap(year) ? 1 : 0;
  const before = (daysBeforeMonth[month - 1] ?? 0) + (month > 2 ? leapDay : 0);
  const daysInMonth = (daysBeforeMonth[month] ?? 0) - (daysBeforeMonth[month - 1] ?? 0) + (month === 2 ? leapDay : 0);
  if (day < 1 || day > daysInMonth) return undefined;
  const offsetHours = Number(match[8] ?? 0);
  const offsetMinutes = Number(match[9] ?? 0);
  if (offsetHours > 18 || offsetMinutes > 59) return undefined;
  const offsetSeconds = (match[7] === '-' ? -1 : 1) * (offsetHours * 3600 + offsetMinutes * 60);
  const days = daysBeforeYear(year) - daysBeforeYear(1970) + before + day - 1;
  return days * 86_400 + hour * 3600 + minute * 60 + second - offsetSeconds;
}
