/**
 * Hosts that give addresses to anyone: their domain says nothing of a company. Source: the providers that HubSpot's forms count as
 * free (legacydocs.hubspot.com/blocked-domains), the largest of each country, 2026-11.
 */
const HOSTS: ReadonlySet<string> = new Set(
  [
    'gmail.com googlemail.com outlook.com hotmail.com live.com msn.com passport.com yahoo.com ymail.com rocketmail.com aol.com aim.com',
    'icloud.com me.com mac.com proton.me protonmail.com pm.me tutanota.com tuta.com zoho.com zohomail.com mail.com email.com gmx.com',
    'fastmail.com fastmail.fm hushmail.com inbox.com lycos.com usa.com hey.com duck.com mailinator.com yandex.com',
    'comcast.net verizon.net att.net sbcglobal.net bellsouth.net cox.net charter.net earthlink.net optonline.net juno.com netzero.net',
    'rogers.com shaw.ca sympatico.ca telus.net videotron.ca yahoo.ca hotmail.ca',
    'gmx.de gmx.net gmx.at gmx.ch web.de t-online.de freenet.de arcor.de email.de online.de posteo.de mailbox.org yahoo.de hotmail.de',
    'outlook.de live.de bluewin.ch hispeed.ch aon.at chello.at',
    'orange.fr wanadoo.fr free.fr laposte.net sfr.fr neuf.fr bbox.fr numericable.fr yahoo.fr hotmail.fr live.fr outlook.fr',
    'btinternet.com virginmedia.com sky.com talktalk.net ntlworld.com blueyonder.co.uk yahoo.co.uk hotmail.co.uk live.co.uk',
    'libero.it virgilio.it tiscali.it alice.it tin.it tim.it yahoo.it hotmail.it hotmail.es yahoo.es telefonica.net terra.es sapo.pt',
    'ziggo.nl kpnmail.nl planet.nl home.nl xs4all.nl hetnet.nl telenet.be skynet.be live.nl hotmail.nl telia.com bredband.net',
    'wp.pl o2.pl onet.pl interia.pl seznam.cz centrum.cz mail.ru bk.ru inbox.ru list.ru rambler.ru yandex.ru ukr.net i.ua abv.bg',
    'qq.com foxmail.com 163.com 126.com yeah.net sina.com sina.cn sohu.com aliyun.com 139.com 189.cn 21cn.com tom.com',
    'naver.com daum.net hanmail.net nate.com yahoo.co.jp docomo.ne.jp ezweb.ne.jp softbank.ne.jp nifty.com biglobe.ne.jp ocn.ne.jp',
    'rediffmail.com yahoo.co.in yahoo.in bigpond.com bigpond.net.au optusnet.com.au yahoo.com.au hotmail.com.au xtra.co.nz',
    'uol.com.br bol.com.br terra.com.br ig.com.br globo.com yahoo.com.br hotmail.com.br yahoo.com.mx hotmail.com.ar prodigy.net.mx',
  ].flatMap((line) => line.split(' ')),
);

/** Whether addresses at a host, in lower case, are given to anyone. */
export const isFreeMail = (host: string): boolean => HOSTS.has(host);
