import { type AnyRouter, useRouter } from '@tanstack/react-router';
import type { AnchorHTMLAttributes, MouseEvent } from 'react';

type Asked = { ctrlKey: boolean; metaKey: boolean };

/** Opens an address of this dashboard: in place, or in a new tab when the click asks for one. */
export function openHref(router: AnyRouter, href: string, event?: Asked): void {
  if (event?.ctrlKey || event?.metaKey) window.open(href, '_blank', 'noopener');
  else void router.navigate({ href });
}

export function useOpen(): (href: string, event?: Asked) => void {
  const router = useRouter();
  return (href, event) => openHref(router, href, event);
}

/** A link to an address that was put together as text. */
export function HrefLink({ href, onClick, ...rest }: AnchorHTMLAttributes<HTMLAnchorElement> & { href: string }) {
  const open = useOpen();
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event);
    if (event.defaultPrevented || event.button !== 0 || event.shiftKey || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    open(href);
  };
  return <a href={href} onClick={follow} {...rest} />;
}
