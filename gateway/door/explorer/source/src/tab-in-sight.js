import { useGraphiQL } from '@graphiql/react';
import { useEffect } from 'react';

/** Scrolls the bar of tabs to the active one: it is long. */
export function useTabInSight() {
  const tab = useGraphiQL(({ tabs, activeTabIndex }) => tabs[activeTabIndex]?.id);
  useEffect(() => {
    document.querySelector('.graphiql-tab-active')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [tab]);
}
