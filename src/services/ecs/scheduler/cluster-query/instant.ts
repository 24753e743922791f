const format =
  /^(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(?:T([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:Z|([+-])(0\d|1[0-8]):([0-5]\d))?)?$/;
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
  const part = (index: number): number => Number(match[index] ?? 0);
  const days = daysBefore(part(1), part(2), part(3));
  if (days === undefined) return undefined;
  const offsetSeconds = (match[7] === '-' ? -1 : 1) * (part(8) * 3600 + part(9) * 60);
  return days * 86_400 + part(4) * 3600 + part(5) * 60 + part(6) - offsetSeconds;
}

/** Days from 1970-01-01 to a date; undefined when the month has no such day. */
function daysBefore(year: number, month: number, day: number): number | undefined {
  const leapDay = isLeap(year) ? 1 : 0;
  const before = (daysBeforeMonth[month - 1] ?? 0) + (month > 2 ? leapDay : 0);
  const daysInMonth = (daysBeforeMonth[month] ?? 0) - (daysBeforeMonth[month - 1] ?? 0) + (month === 2 ? leapDay : 0);
  if (day > daysInMonth) return undefined;
  return daysBeforeYear(year) - daysBeforeYear(1970) + before + day - 1;
}
