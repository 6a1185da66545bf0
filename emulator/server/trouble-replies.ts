import { bulkCreateFailed, tooManyRequests } from '../calls/failures.ts';
import type { Reply } from '../calls/reply.ts';
import type { StatusFault } from './trouble.ts';

const TITLES: Readonly<Record<number, string>> = {
  408: 'Request Timeout',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
  520: 'Web Server Returned an Unknown Error',
};

/** The answer that a scripted status gets, with the body and headers that such an answer usually has. */
export function troubleReply(fault: StatusFault, action: string, nowMs: number): Reply {
  const usual = usualReply(fault.status ?? 500, action);
  const { body = usual.body } = fault;
  const isText = typeof body === 'string' && body !== '';
  const contentType = isText ? { contentType: 'text/html; charset=utf-8' } : {};
  return { status: usual.status, body, ...contentType, headers: { ...retryAfter(fault, nowMs), ...fault.headers } };
}

/** A page as a proxy in front of the API sends it. No sample of Apollo's is on record. */
export function htmlPage(status: number, title = TITLES[status] ?? 'Error'): Reply {
  const body = `<html>\n<head><title>${status} ${title}</title></head>\n<body><h1>${status} ${title}</h1></body>\n</html>\n`;
  return { status, body, contentType: 'text/html; charset=utf-8' };
}

function usualReply(status: number, action: string): Reply {
  if (status === 429) {
    const exhausted = { window: 'hour', limit: 400, retryAfterMs: 0 } as const;
    return tooManyRequests(`api/v1/${action}`, exhausted, 'usual');
  }
  if (status === 500) return bulkCreateFailed(action.startsWith('accounts') ? 'accounts' : 'contacts');
  return status in TITLES ? htmlPage(status) : { status, body: { error: `scripted status ${status}` } };
}

function retryAfter(fault: StatusFault, nowMs: number): Record<string, string> {
  const seconds = fault.retryAfterSeconds;
  if (seconds === undefined) return {};
  const isDate = fault.retryAfterAs === 'date';
  return { 'retry-after': isDate ? new Date(nowMs + seconds * 1000).toUTCString() : String(seconds) };
}
