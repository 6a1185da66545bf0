/**
 * Hosts on which each path is the page of another: a URL there names that page, and its host the company that runs the site.
 *
 * Source: sites whose user pages Wikidata has a property for (LinkedIn P4264, Facebook P2013, X P2002, Instagram P2003, YouTube
 * P2397, TikTok P7085, Pinterest P3836, GitHub P2037, Crunchbase P2088 and so on), and hosts of directories, files, forms, shops,
 * sites and short links, added by hand, 2026-11. Sites that give each user a host (`acme.wordpress.com`, `acme.github.io`) count
 * by that host.
 */
const HOSTS: ReadonlySet<string> = new Set(
  [
    // profiles and social networks
    'linkedin.com facebook.com fb.com fb.me instagram.com twitter.com x.com t.co youtube.com youtu.be tiktok.com threads.net threads.com',
    'pinterest.com snapchat.com reddit.com vk.com ok.ru weibo.com xing.com viadeo.com quora.com twitch.tv discord.com discord.gg',
    't.me telegram.me wa.me whatsapp.com medium.com substack.com tumblr.com flickr.com vimeo.com soundcloud.com bsky.app mastodon.social',
    'about.me linktr.ee beacons.ai bio.link carrd.co gravatar.com meetup.com eventbrite.com patreon.com behance.net dribbble.com',
    // what is said of companies
    'angel.co wellfound.com crunchbase.com f6s.com glassdoor.com indeed.com kununu.com trustpilot.com yelp.com tripadvisor.com',
    'g2.com capterra.com clutch.co producthunt.com owler.com zoominfo.com apollo.io rocketreach.co pitchbook.com dnb.com bloomberg.com',
    'wikipedia.org wikidata.org northdata.com northdata.de opencorporates.com',
    'find-and-update.company-information.service.gov.uk',
    // code, files, forms, shops and sites
    'github.com gist.github.com gitlab.com bitbucket.org sourceforge.net npmjs.com pypi.org hub.docker.com huggingface.co',
    'sites.google.com docs.google.com drive.google.com forms.gle plus.google.com maps.google.com google.com g.page g.co goo.gl business.site',
    'play.google.com apps.apple.com itunes.apple.com maps.app.goo.gl chrome.google.com dropbox.com onedrive.live.com 1drv.ms',
    'wordpress.com blogger.com weebly.com wixsite.com notion.so notion.site airtable.com canva.com issuu.com slideshare.net scribd.com',
    'etsy.com ebay.com amazon.com gumroad.com kickstarter.com indiegogo.com gofundme.com calendly.com typeform.com',
    'bit.ly tinyurl.com ow.ly buff.ly lnkd.in is.gd archive.org web.archive.org',
  ].flatMap((line) => line.split(' ')),
);

// de.linkedin.com, de-de.facebook.com, m.facebook.com and en.m.wikipedia.org show the same pages.
const edition = /^(?:www\d?|m|mobile|web|touch|[a-z]{2}(?:-[a-z]{2})?)\./;

/** Whether a path on this host, in lower case, is a page of another than the one who runs the site. */
export function isSharedHost(host: string): boolean {
  if (HOSTS.has(host)) return true;
  return edition.test(host) && isSharedHost(host.replace(edition, ''));
}
