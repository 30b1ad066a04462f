import { formatDuration } from '../../core/duration.js';

/** What the views know of time: given, so that the same record always gives the same lines. */
export interface Clock {
  /** Now, ms since 1970. */
  readonly now: number;
  /** Minutes that local time is ahead of UTC; 0 shows UTC. */
  readonly offsetMinutes: (at: number) => number;
}

/** The clock of this machine. */
export function systemClock(): Clock {
  return { now: Date.now(), offsetMinutes: (at) => -new Date(at).getTimezoneOffset() };
}

const two = (n: number): string => String(n).padStart(2, '0');

/** Local time of day, with the date where it is not today: `12:03:07`, `11-24 12:03:07`. */
export function moment(iso: string, clock: Clock): string {
  const at = Date.parse(iso);
  const local = new Date(at + clock.offsetMinutes(at) * 60_000);
  const today = new Date(clock.now + clock.offsetMinutes(clock.now) * 60_000);
  const time = `${two(local.getUTCHours())}:${two(local.getUTCMinutes())}:${two(local.getUTCSeconds())}`;
  const day = (date: Date): string => date.toISOString().slice(0, 10);
  if (day(local) === day(today)) return time;
  const sameYear = local.getUTCFullYear() === today.getUTCFullYear();
  return `${day(local).slice(sameYear ? 5 : 0)} ${time}`;
}

/** A moment that people agree upon, whatever their zone: `2026-12-24 23:59 UTC`. */
export function utcMinute(iso: string): string {
  return `${iso.slice(0, 16).replace('T', ' ')} UTC`;
}

/** Time from one moment to another, or until now; empty where it has not begun. */
export function elapsed(from: string | null, to: string | null, clock: Clock): string {
  if (from === null) return '';
  const end = to === null ? clock.now : Date.parse(to);
  return formatDuration(Math.max(0, end - Date.parse(from)));
}

/** Time since a moment, in whole seconds: a clock that jumps in tenths is no calm sight. */
export function age(since: string, clock: Clock): string {
  return elapsed(since, null, clock)
    .replace(/^(\d+)\.\d+s$/, '$1s')
    .replace(/^\d+ms$/, '0s');
}
