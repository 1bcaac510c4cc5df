import type { Call, GuestHalf } from '../../engine/extension.ts';
import { fromDatetime, fromLocaltime, toDatetime, toLocaltime } from './convert.ts';
import type { LocaltimeApi } from './generated/api.ts';
import { createZones, type Zones } from './zones.ts';

/** The functions of the WIT over these zones. */
export function localtimeApi(zones: Zones): LocaltimeApi<Call> {
  return {
    getLocaltime(call, when, tz) {
      const zone = zones.check(tz);
      return toLocaltime(when ? fromDatetime(when) : call.clock.now(), zone);
    },
    altLocaltime(_, time, tz) {
      const [from, to] = [zones.check(time.tz), zones.check(tz)];
      return toLocaltime(fromLocaltime(time, from), to);
    },
    getDatetime(_, time) {
      return toDatetime(fromLocaltime(time, zones.check(time.tz)));
    },
  };
}

export const guest: GuestHalf = {
  imports: () => ({ 'hermes:localtime/api': { ...localtimeApi(createZones()) } }),
};
