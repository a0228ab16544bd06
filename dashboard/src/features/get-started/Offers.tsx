import { IconChevronRight, IconMap2, IconPlugConnected, IconTemplate } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';

import { useGatewayId } from '@/app/gateway';
import { HrefLink } from '@/components/charts';
import { summaryQuery } from '@/features/routes/queries';
import { offers as text } from '@/text/get-started';

import classes from './Offers.module.css';
import { startTour } from './tour-state';

/** Three ways to begin. */
export function Offers() {
  const gateway = useGatewayId();
  const { data: routes } = useQuery(summaryQuery(gateway));
  const base = `/g/${encodeURIComponent(gateway)}`;
  const smart = routes?.some((route) => route.name === 'smart-route');
  const items = [
    { ...text.tour, icon: IconMap2, href: smart ? `${base}/routes/smart-route` : `${base}/routes?new=smart-route`, run: () => startTour() },
    { ...text.template, icon: IconTemplate, href: `${base}/routes?new=templates`, run: undefined },
    { ...text.provider, icon: IconPlugConnected, href: `${base}/providers`, run: undefined },
  ];
  return (
    <div className={classes.offers}>
      {items.map(({ title, text: words, icon: Icon, href, run }) => (
        <HrefLink key={title} href={href} className={classes.offer} onClick={run}>
          <span className={classes.tile}>
            <Icon aria-hidden size={20} stroke={1.6} />
          </span>
          <span>
            <span className={classes.title}>{title}</span>
            <span className={classes.words}>{words}</span>
          </span>
          <IconChevronRight aria-hidden className={classes.arrow} size={16} stroke={1.75} />
        </HrefLink>
      ))}
    </div>
  );
}
