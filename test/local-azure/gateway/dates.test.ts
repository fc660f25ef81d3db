import assert from 'node:assert/strict';
import type { Document } from 'bson';
import { checkAll, evaluate, evaluatePlainly, refusalOf } from './evaluation.ts';

const at = (text: string): Date => new Date(text);

const failureOf = (expression: unknown): number => refusalOf(() => evaluate(expression));

describe('the gateway: dates in expressions', () => {
  it('read the parts of dates, in any zone', () => {
    const date = at('2026-03-29T00:30:15.250Z');
    const inZone = (timezone: string, operator: string): unknown =>
      evaluatePlainly({ [operator]: { date, timezone } });
    checkAll([
      [{ $year: date }, 2026],
      [{ $month: date }, 3],
      [{ $dayOfMonth: date }, 29],
      [{ $minute: date }, 30],
      [{ $millisecond: date }, 250],
      [{ $dayOfWeek: date }, 1],
      [{ $isoDayOfWeek: date }, 7],
      [{ $dayOfYear: date }, 88],
      [{ $week: at('2016-01-04T00:00:00Z') }, 1],
      [{ $week: at('2017-01-01T00:00:00Z') }, 1],
      [{ $isoWeek: at('2016-01-04T00:00:00Z') }, 1],
      [{ $isoWeek: at('2016-01-02T00:00:00Z') }, 53],
      [{ $isoWeekYear: at('2016-01-02T00:00:00Z') }, 2015],
      [{ $isoWeekYear: at('2018-12-31T00:00:00Z') }, 2019],
      [{ $year: null }, null],
    ]);
    assert.equal(inZone('Europe/Zurich', '$hour'), 1);
    assert.equal(inZone('America/New_York', '$dayOfMonth'), 28);
    assert.equal(inZone('+05:30', '$hour'), 6);
    assert.equal(inZone('-0100', '$dayOfMonth'), 28);
    assert.equal(failureOf({ $hour: { date, timezone: 'Nowhere/Land' } }), 40_485);
    assert.equal(failureOf({ $year: 'today' }), 16_006);
  });

  it('calculate with dates, over months of unlike lengths and clocks that jump', () => {
    const add = (startDate: Date, unit: string, amount: number, timezone?: string): unknown =>
      evaluatePlainly({
        $dateAdd: { startDate, unit, amount, ...(timezone === undefined ? {} : { timezone }) },
      });
    assert.deepEqual(add(at('2026-01-31T12:00:00Z'), 'month', 1), at('2026-02-28T12:00:00Z'));
    assert.deepEqual(add(at('2024-02-29T12:00:00Z'), 'year', 1), at('2025-02-28T12:00:00Z'));
    assert.deepEqual(add(at('2026-11-30T00:00:00Z'), 'quarter', 1), at('2027-02-28T00:00:00Z'));
    // Clocks went forward in the night to the 29th of March: a day of 23 hours.
    assert.deepEqual(add(at('2026-03-28T11:00:00Z'), 'day', 1, 'Europe/Zurich'), at('2026-03-29T10:00:00Z'));
    assert.deepEqual(
      add(at('2026-03-28T11:00:00Z'), 'hour', 24, 'Europe/Zurich'),
      at('2026-03-29T11:00:00Z'),
    );
    const diff = (start: string, end: string, unit: string, more: Document = {}): unknown =>
      evaluatePlainly({ $dateDiff: { startDate: at(start), endDate: at(end), unit, ...more } });
    assert.equal(diff('2025-12-31T23:59:59Z', '2026-01-01T00:00:00Z', 'year'), 1);
    assert.equal(diff('2026-01-01T00:00:00Z', '2026-03-31T00:00:00Z', 'month'), 2);
    assert.equal(diff('2026-01-03T00:00:00Z', '2026-01-04T00:00:00Z', 'week'), 1);
    assert.equal(diff('2026-01-03T00:00:00Z', '2026-01-04T00:00:00Z', 'week', { startOfWeek: 'monday' }), 0);
    assert.equal(diff('2026-01-01T00:00:00Z', '2026-01-01T01:59:00Z', 'hour'), 1);
    assert.equal(diff('2026-01-01T23:30:00Z', '2026-01-02T00:30:00Z', 'day', { timezone: '+02:00' }), 0);
    const truncate = (date: string, unit: string, more: Document = {}): unknown =>
      evaluatePlainly({ $dateTrunc: { date: at(date), unit, ...more } });
    assert.deepEqual(truncate('2021-03-20T11:30:05Z', 'month'), at('2021-03-01T00:00:00Z'));
    assert.deepEqual(
      truncate('2021-03-20T11:30:05Z', 'week', { startOfWeek: 'monday' }),
      at('2021-03-15T00:00:00Z'),
    );
    assert.deepEqual(truncate('2021-03-20T11:30:05Z', 'hour', { binSize: 2 }), at('2021-03-20T10:00:00Z'));
    assert.deepEqual(truncate('2021-03-20T11:30:05Z', 'month', { binSize: 6 }), at('2021-01-01T00:00:00Z'));
    assert.deepEqual(
      truncate('2021-03-20T11:30:05Z', 'week', {
        binSize: 2,
        timezone: 'America/Los_Angeles',
        startOfWeek: 'Monday',
      }),
      at('2021-03-15T07:00:00Z'),
    );
  });

  it('take dates apart, put them together, and write them', () => {
    checkAll([
      [
        {
          $dateToParts: { date: at('2017-01-01T01:29:09.123Z'), timezone: 'America/New_York', iso8601: true },
        },
        {
          isoWeekYear: 2016,
          isoWeek: 52,
          isoDayOfWeek: 6,
          hour: 20,
          minute: 29,
          second: 9,
          millisecond: 123,
        },
      ],
      [
        {
          $dateFromParts: {
            year: 2016,
            month: 12,
            day: 31,
            hour: 23,
            minute: 46,
            second: 12,
            timezone: 'America/New_York',
          },
        },
        at('2017-01-01T04:46:12Z'),
      ],
      [
        { $dateFromParts: { isoWeekYear: 2017, isoWeek: 6, isoDayOfWeek: 4, hour: 12 } },
        at('2017-02-09T12:00:00Z'),
      ],
      [{ $dateFromParts: { year: 2017, month: 14, day: 1, hour: 12 } }, at('2018-02-01T12:00:00Z')],
      [{ $dateFromParts: { year: 2017, month: 0, day: 1, hour: 12 } }, at('2016-12-01T12:00:00Z')],
      [
        { $dateToString: { date: at('2014-01-01T08:15:39.736Z'), format: '%Y-%m-%d %H:%M:%S:%L' } },
        '2014-01-01 08:15:39:736',
      ],
      [
        {
          $dateToString: {
            date: at('2014-01-01T08:15:39.736Z'),
            format: '%H:%M:%S:%L%z',
            timezone: 'America/New_York',
          },
        },
        '03:15:39:736-0500',
      ],
      [
        { $dateToString: { date: at('2014-01-01T08:15:39.736Z'), format: '%j %U %V %G %w %u %b %%' } },
        '001 00 01 2014 3 3 Jan %',
      ],
      [{ $dateToString: { date: at('2014-01-01T08:15:39.736Z') } }, '2014-01-01T08:15:39.736Z'],
      [{ $dateToString: { date: null, onNull: 'never' } }, 'never'],
      [{ $dateFromString: { dateString: '2017-02-08T12:10:40.787' } }, at('2017-02-08T12:10:40.787Z')],
      [
        { $dateFromString: { dateString: '2017-02-08T12:10:40.787', timezone: 'America/New_York' } },
        at('2017-02-08T17:10:40.787Z'),
      ],
      [{ $dateFromString: { dateString: '06-15-2018', format: '%m-%d-%Y' } }, at('2018-06-15T00:00:00Z')],
      [{ $dateFromString: { dateString: 'soon', onError: 'no date' } }, 'no date'],
      [{ $dateFromString: { dateString: null, onNull: 0 } }, 0],
    ]);
    assert.equal(failureOf({ $dateFromString: { dateString: '2017-02-30' } }), 241);
    assert.equal(failureOf({ $dateToString: { date: at('2014-01-01T00:00:00Z'), format: '%Q' } }), 18_536);
  });
});
