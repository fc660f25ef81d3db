import { readFaultRule, type Faults } from './faults.ts';
import type { Handler } from './service.ts';

export interface ControlOptions {
  readonly faults: Faults;
  readonly reset: () => void;
}

/** The handle on a running local Azure from outside: faults on demand, and back to the beginning. */
export function createControl({ faults, reset }: ControlOptions): Handler {
  return (call) => {
    const refuse = (message: string) => ({ status: 400, body: { error: { code: 'BadRequest', message } } });
    switch (`${call.method} ${call.path}`) {
      case 'POST /local-azure/faults': {
        let body: unknown;
        try {
          body = JSON.parse(call.body);
        } catch {
          return refuse('not JSON');
        }
        const rule = readFaultRule(body);
        if (typeof rule === 'string') return refuse(rule);
        faults.add(rule);
        return { status: 204 };
      }
      case 'POST /local-azure/reset':
        reset();
        return { status: 204 };
      default:
        return { status: 404 };
    }
  };
}
