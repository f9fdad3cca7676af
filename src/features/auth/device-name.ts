const MAX_LENGTH = 200;
/** What would break a line, steer a terminal, hide itself, or is no whole character. */
const UNSHOWABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+/gu;

/** What a session is listed as, so that its owner knows the device again: the header User-Agent, made harmless. */
export function findDeviceName(request: Request): string | null {
  const header = request.headers.get('user-agent') ?? '';
  const name = header.replace(UNSHOWABLE, ' ').replace(/ +/g, ' ').trim();
  return name === '' ? null : Array.from(name).slice(0, MAX_LENGTH).join('').trimEnd();
}
