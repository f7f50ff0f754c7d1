/*
 * catalogue.c - every finding once: name, severity and the texts that `explain`,
 * expdiag-findings(7) and the reports print.
 *
 * The order is that of reports and of enum xd_finding_id.
 */
#include "expdiag/finding.h"

/* Titles as the vendor prints them; numbers where the document has one. */
#define REF_EKU                                                                          \
    "Navigate Client EKU Sunset with Expressway x15.5 (document 225693)\n"               \
    "Prepare Expressway for Client Auth EKU Sunset in Public CA Certificates (document " \
    "225482)"
#define REF_NOTICE "Field Notice FN74362"
#define REF_CERT   "Cisco Expressway Certificate Creation and Use Deployment Guide (X15.5)"
#define REF_ADMIN  "Cisco Expressway Administrator Guide (X15.5)"
#define REF_MRA    "Mobile and Remote Access Through Cisco Expressway Deployment Guide (X15.0)"
#define REF_TLS    "Understand Mobile and Remote Access (document 225476)"
#define REF_PORTS  "Cisco Expressway IP Port Usage Configuration Guide (X15.0)"
#define REF_CLUSTER \
    "Cisco Expressway Cluster Creation and Maintenance Deployment Guide (X15.4)"
#define REF_EDGE "Collaboration Edge Most Common Issues (document 118798)"
#define REF_PROXY \
    "Troubleshoot Expressway Traffic Server Certificate Verification (document 218018)"
#define REF_HYBRID \
    "Troubleshooting Guide for Cisco Webex Hybrid Call Service Connect (document 212475)"

static const struct xd_finding_info catalogue[XD_FINDING_COUNT] = {
    [XD_F_TLS_INTERCEPTED] =
        {"tls-intercepted", XD_CRITICAL,
         "Something between the two ends answers TLS itself",
         "A firewall or proxy opens the connection and presents a certificate of its own. "
         "The "
         "Expressways then verify the wrong certificate, and mutual TLS cannot work at "
         "all.",
         "A leaf on the wire is not the node's, and its issuer issued none of that node's "
         "certificates; that is probable. Two views of one connection with "
         "different hellos or leaves: certain; they are of one connection only where they "
         "overlap in time, by the clocks as measured, and neither capture shows the other "
         "end's own certificate. A certificate of the node's own CA "
         "that is "
         "only out of date is stale-certificate-presented instead.",
         "Exempt the traffic between Expressway-C, Expressway-E and their peers from TLS "
         "inspection, then restart the zone.",
         REF_PORTS},
    [XD_F_CLIENT_EKU_MISSING] =
        {"client-eku-missing", XD_CRITICAL,
         "The TLS client's certificate does not permit client authentication",
         "The node that opens the connection presents a certificate without the purpose "
         "clientAuth in its Extended Key Usage (or below a CA that lacks it), and the "
         "verifier refuses it. Zones with mutual TLS stay down.",
         "The verifier's alert 43 or its log text names the purpose, and expdiag's own "
         "check of the chain that was seen fails for that reason alone: certain. A refusal "
         "without a "
         "reason, or an encrypted certificate: probable. Settings or status alone: "
         "possible. "
         "An absent EKU extension passes; with the EKU check off nothing is refused for "
         "it. Where a store, CA file or capture of a node is missing that could tell "
         "otherwise, no cause is named: the refusal is handshake-closed, and the defects "
         "stand beside it.",
         "Install a client certificate with clientAuth (a private CA can issue it) in the "
         "client store of the node that opens the connection; make the other side trust "
         "its "
         "CA. Switching the EKU check off brings up SIP only: SSH tunnels stay down.",
         REF_EKU},
    [XD_F_SERVER_EKU_MISSING] =
        {"server-eku-missing", XD_CRITICAL,
         "The TLS server's certificate does not permit server authentication",
         "The node that answers presents a certificate whose Extended Key Usage does not "
         "name serverAuth (or stands below a CA that lacks it), and the client refuses it. "
         "That happens when a certificate made for the client store is uploaded as the "
         "server certificate.",
         "As client-eku-missing, for the certificate of the server and the purpose "
         "serverAuth. An absent EKU extension passes; anyExtendedKeyUsage alone does not.",
         "Upload a server certificate with serverAuth (Maintenance > Security > Server "
         "certificate) on the node that answers, and restart it.",
         REF_EKU},
    [XD_F_SSH_CLIENT_EKU_MISSING] =
        {"ssh-client-eku-missing", XD_CRITICAL,
         "SSH tunnels are refused because C's client certificate lacks clientAuth",
         "Expressway-E always asks for clientAuth on TCP 2222, whatever the EKU check "
         "says. "
         "Without the tunnels nobody can log in over MRA, and the WebRTC proxy is down, "
         "even "
         "while the zone is active.",
         "A refusal (wire, log, or the status \"Permission denied\"), the missing purpose "
         "in "
         "the leaf of C's client store, packet lengths that do not contradict it and no "
         "pending restart: certain. SSH client certificates are never visible themselves.",
         "Install a client certificate with clientAuth on Expressway-C. The EKU check of "
         "SIP "
         "does not change anything here.",
         REF_EKU "\n" REF_ADMIN},
    [XD_F_SIP_SERVICE_EKU_MISSING] =
        {"sip-service-eku-missing", XD_CRITICAL,
         "E's certificate lacks clientAuth, which X15.3 and before need for registrations",
         "Up to X15.3 C verifies E's certificate inside SIP SERVICE as a client "
         "certificate: "
         "zone and tunnels are up, but registrations over MRA fail, and an enforcing "
         "cluster "
         "breaks.",
         "The node is an Expressway-E of X15.3 or before and its certificate has an EKU "
         "without clientAuth. No file of a bundle shows the check itself, so that it is "
         "possible, no more. Ruled out from X15.4 on.",
         "Upgrade Expressway-C and Expressway-E to X15.5, or install a certificate with "
         "both purposes on Expressway-E.",
         REF_EKU},
    [XD_F_UNKNOWN_CA] =
        {"unknown-ca", XD_CRITICAL, "The verifier does not trust the CA of the certificate",
         "The path of the presented certificate ends at a root that is not in the "
         "verifier's list of trusted CAs.",
         "Checked with the verifier's CA file, the chain ends at no trusted root while the "
         "whole path is known, and the verifier refuses with alert 48 or says so in its "
         "log: certain. "
         "If an intermediate is missing, see incomplete-chain. If the root is found "
         "nowhere "
         "in the case, probable. Where a store, CA file or capture of a node is missing "
         "that could tell otherwise, no cause is named: the refusal is handshake-closed, "
         "and the defects stand beside it.",
         "Add the root (and intermediates) of the certificate's CA to the verifier's list "
         "of "
         "trusted CAs, or use a certificate of a CA that it trusts.",
         REF_CERT "\n" REF_PROXY},
    [XD_F_INCOMPLETE_CHAIN] =
        {"incomplete-chain", XD_CRITICAL, "An intermediate CA certificate is missing",
         "The certificate is fine and its root is known, but the intermediate between them "
         "was neither sent nor is it in the verifier's CA file. An Expressway sends only "
         "what its own CA file holds.",
         "Checked with the verifier's CA file, the chain stops at an intermediate that is "
         "found elsewhere in the case, or among the public roots, and passes once that "
         "certificate is added. Where a store, CA "
         "file or capture of a node is missing that could tell otherwise, no cause is "
         "named: the refusal is handshake-closed, and the defects stand beside it.",
         "Add the intermediate to the trusted CAs of the node that presents the "
         "certificate "
         "(so that it is sent) and of the verifier (SSH tunnels need it on both sides).",
         REF_CERT "\n" REF_HYBRID "\n" REF_MRA},
    [XD_F_KEY_USAGE_UNSUITABLE] =
        {"key-usage-unsuitable", XD_CRITICAL,
         "The key usage of the certificate forbids its role",
         "The keyUsage extension lacks the bit that the role needs: digitalSignature or "
         "keyAgreement for a client, also keyEncipherment for a server, keyCertSign for a "
         "CA. The alert is the same as for a missing Extended Key Usage, so that the two "
         "are easily taken for each other.",
         "Checked as the verifier does, the chain fails for the key usage alone, and the "
         "verifier refuses (alert 43) or "
         "says so in its log. The certificate tells it from a missing EKU.",
         "Have the certificate issued again with digitalSignature and keyEncipherment, "
         "upload it and restart the node.",
         REF_CERT},
    [XD_F_CERTIFICATE_EXPIRED] =
        {"certificate-expired", XD_CRITICAL, "A certificate had expired at the handshake",
         "The end of validity was over when the verifier looked at it: of the leaf, or of "
         "a CA above it, which ends all that it issued.",
         "The verifier's alert 45 or log text, and expdiag's own check of the chain at "
         "the handshake's time, by the verifier's own clock, fails for expiry alone: "
         "certain. An expired CRL gives "
         "the same alert and is told apart by the certificate's own dates. In a store "
         "without any refusal seen: possible.",
         "Renew the certificate, upload it to the store it comes from (server or client), "
         "restart the node. Where only the verifier's clock is wrong, see clock-skew.",
         REF_CERT},
    [XD_F_CERTIFICATE_NOT_YET_VALID] =
        {"certificate-not-yet-valid", XD_CRITICAL, "A certificate was not valid yet",
         "The verifier looked at the certificate before the beginning of its validity: it "
         "was issued minutes ago by a CA whose clock is ahead, or a clock is behind.",
         "As certificate-expired, for the beginning. If only the verifier's clock is "
         "wrong, it is clock-skew.",
         "Check the clocks first (System > Time: NTP servers reachable and in step); then "
         "the dates of the certificate.",
         REF_CERT},
    [XD_F_CLOCK_SKEW] =
        {"clock-skew", XD_CRITICAL, "A certificate fails only because a clock is wrong",
         "By the other clocks of the case the certificate is in time; by the verifier's "
         "own clock it has expired or has not begun. No certificate is at fault.",
         "The check of the chain fails at the verifier's time and passes at the "
         "presenter's, and the "
         "offset between them, measured on packets or log lines that both nodes hold, is "
         "larger than the difference. Which of the two clocks is wrong is told by time "
         "alarms and by dates of certificates in use; where nothing tells, the confidence "
         "is lower and both are named.",
         "Correct NTP on the verifier (System > Time); no certificate needs to change.",
         REF_ADMIN},
    [XD_F_CERTIFICATE_REVOKED] =
        {"certificate-revoked", XD_CRITICAL, "A certificate was revoked",
         "The verifier says that the issuing CA has revoked the certificate. No "
         "certificate of a revoked key may be kept in use.",
         "Alert 44 or the verifier's log text. The revocation list itself is in no bundle, "
         "so that the entry cannot be checked here.",
         "Ask the CA when and why it was revoked; make a new key and signing request, have "
         "a new certificate issued, upload it and restart the node.",
         REF_CERT},
    [XD_F_REVOCATION_UNAVAILABLE] =
        {"revocation-unavailable", XD_CRITICAL,
         "The revocation list is missing or out of date",
         "The verifier is told to check revocation and cannot: the CRL is missing or "
         "expired, or the OCSP responder does not answer.",
         "Revocation checking is on and the verifier's log text speaks of the CRL or OCSP: "
         "certain. Where its log is silent, alert 48 or 45 against a chain that passes the "
         "check otherwise: probable.",
         "Upload a current CRL or make the CRL and OCSP sources reachable, or treat "
         "inaccessible sources as not revoked.",
         REF_CERT},
    [XD_F_NAME_MISMATCH] =
        {"name-mismatch", XD_CRITICAL, "The certificate is for another name",
         "The verifier expects a name that is not among the subject alternative names of "
         "the "
         "certificate. An Expressway checks it after the handshake and then just closes; "
         "an enforcing cluster ends the handshake by alert 42.",
         "The verifier's log text, or a close right after a complete handshake, and no SAN "
         "equals the expected name. From stores and zone settings alone: possible. "
         "Wildcards "
         "are not supported.",
         "Correct the peer address or the TLS verify subject name, or have the certificate "
         "issued with that name as SAN.",
         REF_CERT "\n" REF_PROXY "\n" REF_HYBRID},
    [XD_F_NO_CLIENT_CERTIFICATE] =
        {"no-client-certificate", XD_CRITICAL, "A required client certificate was not sent",
         "The server asked for a client certificate and got an empty answer: the client "
         "has none, or none that fits the CA names and signature algorithms of the "
         "request.",
         "An empty Certificate message, or none, followed by the refusal (alert 40 in TLS "
         "1.2, 116 in TLS 1.3), or the verifier's log text (\"no certificate returned\", "
         "\"peer did not return a certificate\"). A server that goes on without one raises "
         "nothing.",
         "Give the client a certificate of a CA that the server names in its request, or "
         "switch TLS verify mode off for that zone if none is meant to be required.",
         REF_CERT},
    [XD_F_PROTOCOL_VERSION_MISMATCH] =
        {"protocol-version-mismatch", XD_CRITICAL,
         "The two ends have no TLS version in common",
         "One side offers only TLS versions that the other does not accept. From X15.2 the "
         "default is TLS 1.2 and 1.3; older peers may know 1.0 and 1.1 alone.",
         "Alert 70, or the versions offered and the other end's answer or settings do not "
         "meet.",
         "Enable TLS 1.2 on the end that lacks it, which is the usual common ground. Only "
         "where that cannot be done, add the older version to SIP Advanced SipTlsVersions "
         "of the Expressway.",
         REF_ADMIN},
    [XD_F_NO_SHARED_CIPHER] =
        {"no-shared-cipher", XD_CRITICAL, "The two ends have no cipher in common",
         "Nothing that the client offers is accepted by the server: after a hardening of "
         "one side, or with a far end that is very old. Of the certificates only the type "
         "of the server's key plays a part: an Ed25519 or ECDSA key needs a client that "
         "takes such keys.",
         "Alert 40 or 71 by the server right after the hello, before any certificate, or "
         "its log text \"no shared cipher\". The ciphers that the client offers stand in "
         "its ClientHello.",
         "Compare Maintenance > Security > Ciphers of this node with what the other side "
         "offers or accepts, and allow a common cipher; restart the service as the page "
         "asks.",
         REF_ADMIN},
    [XD_F_WEAK_SIGNATURE] =
        {"weak-signature", XD_CRITICAL,
         "A certificate is refused for its digest or key size",
         "The certificate, or a CA above it, is signed with a digest that the verifier no "
         "longer takes (SHA-1, MD5), or its key is too short.",
         "The verifier's log text (such as \"ca md too weak\" or \"ee key too small\"), "
         "and expdiag's own check of the chain agrees.",
         "Have the certificate issued again with SHA-256 or better and a key of at least "
         "2048 bits; a root's own signature does not matter.",
         REF_CERT},
    [XD_F_SSH_UNREACHABLE] =
        {"ssh-unreachable", XD_CRITICAL, "Expressway-E cannot be reached on TCP 2222",
         "The SSH tunnels need TCP 2222 from C to E. The connection is refused or never "
         "answered.",
         "A SYN to port 2222 that is never answered, or answered by RST; or the log's "
         "\"Connection timed out\" or \"Connection refused\". If the SYN is seen to reach "
         "E, "
         "it is ssh-blocked.",
         "Open TCP 2222 from Expressway-C (source ports 30000-35999) to Expressway-E in "
         "every firewall between them.",
         REF_PORTS},
    [XD_F_SSH_BLOCKED] =
        {"ssh-blocked", XD_ERROR, "Expressway-E does not answer C on TCP 2222 any more",
         "The connection request reaches E and E keeps silent: its "
         "intrusion protection has "
         "blocked C, usually after repeated refused logins.",
         "E's own capture shows the SYN without an answer, or its status lists C as "
         "blocked: certain. Silence towards C after refused logins: probable. It names "
         "the cause of the earlier refusals where there is one.",
         "Remove the cause of the refusals first; then unblock C in the "
         "intrusion protection "
         "of E and exempt its address.",
         REF_MRA "\n" REF_ADMIN},
    [XD_F_SSH_AUTH_FAILED] =
        {"ssh-auth-failed", XD_ERROR, "E refuses C's SSH login",
         "The tunnel's SSH connection comes up, but the login is refused, and C's client "
         "certificate does not explain it: trusted, in time, with clientAuth. Or the "
         "certificate cannot be known, since C's bundle is not in the case.",
         "A refusal by packet lengths (a long request, a short answer, then the close), by "
         "the log or by the status \"Permission denied\", and a client certificate that "
         "should pass.",
         "Check on both nodes, one after the other: is the whole chain of the other's "
         "certificate, intermediates included, among the trusted CAs; do forward and "
         "reverse DNS agree; are the clocks in step; do sshd_pfwd_pubkeyalgorithms admit "
         "the keys; has the subject or issuer an OID that is not supported; is the "
         "traversal account right?",
         REF_MRA},
    [XD_F_SSH_KEX_MISMATCH] =
        {"ssh-kex-mismatch", XD_ERROR, "The two ends have no SSH algorithm in common",
         "Client and server offer lists of key exchange, host key, cipher or MAC "
         "algorithms that do not meet. No tunnel comes up, whatever the certificates.",
         "Both KEXINIT lists were seen, and one kind has nothing in common.",
         "Set the sshd_pfwd algorithms (Maintenance > Security > Ciphers) alike on both "
         "nodes; the defaults fit each other.",
         REF_ADMIN},
    [XD_F_SSH_KEY_ALGORITHM] =
        {"ssh-key-algorithm", XD_ERROR, "The settings do not admit the type of an SSH key",
         "The key type of a certificate is not in sshd_pfwd_pubkeyalgorithms.",
         "The settings of both nodes against the keys of C's client certificate and of E's "
         "server certificate. Refused logins, or a log that names the algorithm: probable; "
         "settings alone, and no tunnel known to be up: possible.",
         "Add the algorithm to sshd_pfwd_pubkeyalgorithms on both nodes, or use another "
         "key.",
         REF_ADMIN},
    [XD_F_SSH_HOST_KEY_UNEXPECTED] =
        {"ssh-host-key-unexpected", XD_ERROR, "The SSH server is not the node it should be",
         "The host certificate or key on port 2222 is not of the node that should answer "
         "there: address translation leads elsewhere, another node has the address, or "
         "something inspects SSH.",
         "The host certificate is visible in the key exchange and is none of the node's, "
         "nor an older one of the same subject or CA (that is "
         "stale-certificate-presented).",
         "Find out which machine answers on that address and port, by its certificate's "
         "subject and issuer, and correct the path.",
         REF_ADMIN},
    [XD_F_WRONG_STORE_PRESENTED] =
        {"wrong-store-presented", XD_ERROR,
         "A node presented the certificate of its other store",
         "From X15.5 on, the client store is used when the node opens a connection and the "
         "server store when it answers. Here it was the other way round.",
         "The leaf was seen on the wire, it is in the store that the role does not call "
         "for and not in the one it does. Inference from lengths never raises it, nor do "
         "identical stores.",
         "Restart the node and capture again; if it does the same, this is for Cisco: "
         "open a case with the capture.",
         REF_EKU},
    [XD_F_STALE_CERTIFICATE_PRESENTED] =
        {"stale-certificate-presented", XD_ERROR,
         "A node still presents a certificate that its stores no longer hold",
         "The certificate was replaced, but the node has not been restarted since: what it "
         "presents is the old one.",
         "A leaf on the wire that is in none of the node's stores and has the subject or "
         "issuer of one that is, or while alarm 15028 says that a restart is required. "
         "What was replaced while logging and is in use by then is none. It is probable "
         "alone where the node had shown the certificate of its store before, where it "
         "merely trusts the issuer (as it may trust a firewall's), and where others share "
         "its address.",
         "Restart the node (Maintenance > Restart options), then check again.", REF_CERT},
    [XD_F_TRAVERSAL_AUTH_FAILED] =
        {"traversal-auth-failed", XD_ERROR, "The traversal credentials are refused",
         "TLS is fine. User name or password of the traversal zone do not match.",
         "\"Authentication Failed\" in E's log for the traversal client.",
         "Enter the same user name and password in the zone on C and in the local "
         "authentication database of E.",
         REF_ADMIN "\n" REF_EDGE},
    [XD_F_NAME_RESOLUTION_FAILED] =
        {"name-resolution-failed", XD_ERROR, "A host name does not resolve",
         "The Expressways need forward and reverse DNS of each other; a host name with an "
         "underscore breaks the tunnels as well.",
         "The log (host not resolved, reverse look-up failed), alarms 25030 or 25031, or "
         "an "
         "underscore in E's host name (possible while no tunnel is down).",
         "Correct DNS: A or AAAA record, PTR record, and the name in the SAN of E's "
         "certificate.",
         REF_MRA "\n" REF_EDGE},
    [XD_F_HANDSHAKE_RESET] =
        {"handshake-reset", XD_ERROR, "A handshake was cut off by a reset",
         "One end, or something between them, ended the handshake with a TCP RST and no "
         "alert. Firewalls and load balancers do that in the name of the other end.",
         "RST inside the handshake or within two seconds of its end, and nothing else "
         "explains it. Captures of both ends tell who sent it: where the end that it seems "
         "to come from did not send it, something on the path did.",
         "Compare captures of both ends taken at the same time. If the path resets, exempt "
         "the addresses from inspection; else look into the log of the end that sent the "
         "RST.",
         REF_PORTS "\n" REF_HYBRID},
    [XD_F_HANDSHAKE_CLOSED] =
        {"handshake-closed", XD_ERROR, "A handshake was closed without a reason",
         "One end closed the connection during the handshake or right after it, without an "
         "alert that can be read. An Expressway that does not accept a name closes so, "
         "after a handshake that is complete.",
         "FIN without alert, an alert that names no reason that the evidence bears out, or "
         "an encrypted alert, and nothing else explains it.",
         "Look into the log of the end that closed, at that time; collect its bundle if it "
         "is not in the case.",
         REF_ADMIN},
    [XD_F_HANDSHAKE_UNANSWERED] =
        {"handshake-unanswered", XD_ERROR, "A handshake got no answer",
         "TCP is up, but the other end never answers the hello: the service hangs, or an "
         "inspecting firewall (ALG) keeps the data back.",
         "A hello without an answer until the connection ends or the capture does.",
         "Switch off inspection (ALG) for that port on the path, and check that the "
         "service at the far end runs and speaks TLS.",
         REF_PORTS "\n" REF_HYBRID},
    [XD_F_CONNECTION_REFUSED] =
        {"connection-refused", XD_ERROR, "A connection was refused",
         "The other end, or a firewall in its name, answers the connection request with "
         "RST: nothing listens there, or the port is rejected.",
         "RST to SYN, or the log says so (\"Connection refused\"). A capture of the other "
         "end tells whether the RST is its own.",
         "On the node that should answer, check that the zone or service is enabled and "
         "uses that port; then the firewalls between. (On an Expressway-E with two "
         "interfaces XMPP, TCP 7400, listens on the inner one.)",
         REF_PORTS},
    [XD_F_CONNECTION_UNANSWERED] =
        {"connection-unanswered", XD_ERROR, "A connection request got no answer",
         "The connection request is repeated and never answered: a firewall drops it, the "
         "route is wrong, or the other end keeps silent.",
         "SYN without any answer, while the capture goes on; or the log tells of a "
         "time-out. A capture of the other end tells whether the requests arrive.",
         "If they do not arrive, open the port in every firewall on the path and check "
         "routes and address translation; if they do, look at the firewall rules and the "
         "intrusion protection of the node itself.",
         REF_PORTS "\n" REF_EDGE},
    [XD_F_ZONE_DOWN_UNEXPLAINED] =
        {"zone-down-unexplained", XD_ERROR,
         "A zone or tunnel is down and the evidence does not show why",
         "The status says that a zone or tunnel is down, but no handshake, log line, store "
         "or setting in the evidence explains it. It is said as such, in place of a guess.",
         "Status \"Failed\" or \"Active (n of m)\" with n below m, and no other finding "
         "explains it. Often the capture was taken while nothing tried to connect, or was "
         "filtered.",
         "Take diagnostic logs with tcpdump at both ends at the same time, while the zone "
         "tries to connect (switch it off and on), and give both bundles to one run.",
         REF_ADMIN},
    [XD_F_CLIENT_STORE_SERVER_ONLY] =
        {"client-store-server-only", XD_ERROR,
         "The client store holds a certificate without clientAuth",
         "Whatever this node opens with mutual TLS will be refused wherever the purpose is "
         "checked. On Expressway-C that includes the zone and the SSH tunnels.",
         "The leaf of the client store (before X15.5: of the only store) has an EKU "
         "extension without clientAuth. Silent where client-eku-missing or "
         "ssh-client-eku-missing names the certificate.",
         "Install a client certificate with clientAuth.", REF_EKU},
    [XD_F_PUBLIC_CA_RENEWAL_RISK] =
        {"public-ca-renewal-risk", XD_WARNING,
         "The next renewal by this public CA will lose clientAuth",
         "Public CAs stop issuing certificates with clientAuth. The certificate works now; "
         "its renewal will not.",
         "A leaf with clientAuth that is needed, from a public CA, against the dated table "
         "of CA policies.",
         "Plan a client certificate of a private CA before the renewal.",
         REF_EKU "\n" REF_NOTICE},
    [XD_F_CERTIFICATE_EXPIRES_SOON] =
        {"certificate-expires-soon", XD_WARNING, "A certificate expires within 30 days",
         "From the minute at which a leaf, or a CA above it, expires, whoever verifies it "
         "refuses every new connection: zones, tunnels, MRA.",
         "A leaf in a store, or a CA on its path, ends within 30 days of the last packet "
         "or log line of the case (or of --at).",
         "Renew it in time, upload it, and restart the node in a maintenance window. For a "
         "CA: put the renewed one into the trusted CAs of all nodes first.",
         REF_CERT},
    [XD_F_CA_MISSING_FOR_STORE] =
        {"ca-missing-for-store", XD_WARNING,
         "The node's trusted CAs do not hold the issuer of its own certificate",
         "The node's own trusted CAs lack an issuer of its own certificate. An Expressway "
         "sends only the CAs that stand in that list: peers which do not have the missing "
         "one themselves refuse the certificate. Where it is the root, peers that trust "
         "the root take it all the same. SSH tunnels need the whole chain on both sides.",
         "The path of a leaf in a store cannot be completed by the node's own CA file.",
         "Add the missing root and intermediates to the trusted CAs of the node "
         "(Maintenance > Security > Trusted CA certificate); they are not replicated in a "
         "cluster.",
         REF_CERT},
    [XD_F_CA_NAME_DUPLICATE] =
        {"ca-name-duplicate", XD_WARNING, "Two CAs of one name are in a CA file",
         "Of two CA certificates with the same subject only the first in the list is used; "
         "with another key behind the second one, certificates of that CA are refused "
         "(\"certificate signature failure\", alert 51). That happens when a CA was set up "
         "anew under its old name.",
         "Two certificates of the CA file have the same subject and different keys: a "
         "warning. A handshake that fails by the first and passes once it is gone: "
         "critical.",
         "Remove the one by which no certificate in use is signed; the report names serial "
         "and line of both. Certificates that the old CA still signs must be issued anew "
         "first.",
         REF_CERT},
    [XD_F_NAME_ONLY_IN_CN] =
        {"name-only-in-cn", XD_WARNING, "A name stands only in the common name",
         "Verifiers look at the subject alternative names. A name in the common name alone "
         "is accepted by some and refused by others.",
         "The name that a zone expects equals the CN and no SAN, and TLS verify is on.",
         "At the next renewal have the certificate issued with the name as SAN.", REF_CERT},
    [XD_F_CLUSTER_PEERS_DIFFER] =
        {"cluster-peers-differ", XD_WARNING, "Peers of one cluster differ",
         "Peers of one cluster should be alike in what decides about certificates: "
         "release, EKU check, purposes of the certificates, trusted CAs. Where they "
         "differ, one peer fails where another works, and the zone is \"Active (n of m)\". "
         "Trusted CAs and certificates are not replicated.",
         "The stores and settings of the peers whose bundles are in the case, compared.",
         "Bring the peers to one release first, then make trusted CAs, EKU check and "
         "certificates alike.",
         REF_CLUSTER},
    [XD_F_VERSION_MISMATCH] =
        {"version-mismatch", XD_WARNING, "Expressway-C and E run different releases",
         "Both Expressways of a pair must run the same release. Between X15.3, X15.4 and "
         "X15.5 the rules for client certificates differ: one store or two, clientAuth "
         "asked of E or not.",
         "The versions in the dumps of the pair.",
         "Upgrade the older node to the release of the other.", REF_EKU},
    [XD_F_EKU_CHECK_OFF] =
        {"eku-check-off", XD_WARNING, "The EKU check is switched off",
         "Inbound SIP TLS then accepts client certificates without clientAuth, so that the "
         "zone comes up. The SSH tunnels do not: they need the purpose whatever the switch "
         "says, and MRA needs the tunnels. The switch is a stopgap, and hides the cause.",
         "The setting in the dump, or its last change in the log.",
         "Install client certificates with clientAuth on all nodes that connect to this "
         "one, then switch the check on again (xConfiguration SIP TLS Certificate "
         "ExtendedKeyUsage Checking Mode: On).",
         REF_EKU},
    [XD_F_CLOCK_OFFSET] =
        {"clock-offset", XD_WARNING, "The clocks of two nodes differ",
         "A difference of 5 s or more makes logs of two nodes hard to compare (expdiag "
         "corrects for it); larger ones break certificates and tunnels.",
         "The same packets in the captures of both nodes: certain; the same connection in "
         "their logs: probable. It is measured at each moment: a clock that was put right "
         "while logging is told as having been wrong for a time.",
         "Correct NTP on both nodes (System > Time, which also shows what they are in step "
         "with).",
         REF_ADMIN},
    [XD_F_DEPRECATED_SETTING] =
        {"deprecated-setting", XD_INFO, "A setting is set that this release no longer uses",
         "EnableServerEkuUpload was the way of X15.4 to load a server-only certificate on "
         "Expressway-E. X15.5 has two stores and the EKU check in its place and does not "
         "read it.",
         "The setting in the dump of a node of X15.5 or later.",
         "Nothing depends on it; do not carry it into new configurations.", REF_EKU},
    [XD_F_STORES_IDENTICAL] =
        {"stores-identical", XD_INFO, "Server and client store hold the same certificate",
         "So an upgrade leaves them, and so the box \"Upload server certificate file as "
         "client certificate\" makes them. Harmless while the certificate has both "
         "purposes.",
         "The first certificates of the two files are the same.",
         "Nothing, as long as the certificate permits clientAuth; an ACME renewal copies "
         "the "
         "server certificate over the client one unless that is switched off.",
         REF_EKU},
    [XD_F_CERTIFICATES_ENCRYPTED] =
        {"certificates-encrypted", XD_INFO, "TLS 1.3 hides the certificates",
         "From X15.2 on Expressways talk TLS 1.3 to each other: certificates and alerts "
         "are "
         "encrypted and cannot be read from the capture.",
         "Related conversations of TLS 1.3 without a key log.",
         "For certainty, repeat the capture with a key log, or with TLS 1.2 set for the "
         "test.",
         REF_TLS},
    [XD_F_UNSOLICITED_FAILURES] =
        {"unsolicited-failures", XD_INFO, "Strangers' connections failed",
         "A node on the Internet is scanned all day. These failures belong to no zone, "
         "tunnel or peer of the case, and one line counts them in place of hundreds of "
         "findings.",
         "Failed conversations of inbound clients that are not related. At the ports of "
         "traversal zones and SSH tunnels a client is a stranger as soon as their own "
         "client "
         "is known and accounts for their state: it is a node of the case, listed by the "
         "status, bears the name that the zone asks for, or was let in. Where that cannot "
         "be "
         "told, the failure is a finding, at most probable. Once the capture of a node "
         "behind a NAT shows that others call from its address too, each call from there "
         "speaks for itself. On other ports, where three or "
         "more clients all refuse the certificate of one service and none gets through, "
         "the finding that explains it is raised instead, as probable.",
         "Nothing, unless one of the addresses is a partner of yours: \"expdiag flows "
         "--failed --host ADDRESS\" then shows its conversations.",
         ""},
    [XD_F_INPUT_TRUNCATED] =
        {"input-truncated", XD_WARNING, "A file of the bundle ends early",
         "An archive, a capture or another file of the bundle ends in the middle of a "
         "record: the download or the copy was cut off, the disk was full, or a limit of "
         "expdiag was reached (the evidence says which). All that stands before the end "
         "was read and judged; what would have followed is not in the analysis, so that a "
         "missing handshake, certificate or log line proves nothing for that file.",
         "The archive stops before its end mark or fails its length or checksum, a capture "
         "ends inside a packet, or a PEM, log or dump ends inside an object. Each such "
         "file is a row of evidence with the place at which it ends; nothing is guessed "
         "beyond it.",
         "Compare the size of the bundle with the one on the node, download it again in "
         "binary mode and run expdiag again. Where the original is cut off too, free disk "
         "space on the node and collect a new diagnostic log (Maintenance > Diagnostics > "
         "Diagnostic logging), shorter or with a tcpdump filter.",
         REF_ADMIN},
    [XD_F_INPUT_DAMAGED] =
        {"input-damaged", XD_WARNING,
         "A file of the bundle is damaged or cannot be trusted",
         "Something inside a file is wrong although the file does not simply end: a "
         "checksum fails, a certificate or packet cannot be decoded, a file is empty, the "
         "text and the XML form of a dump contradict each other, or a private key stands "
         "where none may be. What could be read was used; what cannot be trusted is named.",
         "Checksums of the archive, the format of each file, empty files, dumps of one "
         "moment that disagree (the text form counts then), lines that begin a private "
         "key. The key itself is never read nor printed.",
         "Collect the bundle again. A private key in a bundle must be considered "
         "disclosed: make a new key, have the old certificate revoked, and delete every "
         "copy of the bundle.",
         REF_ADMIN},
    [XD_F_INPUT_MISSING] =
        {"input-missing", XD_WARNING, "A file is missing that should be there",
         "A file that this release always writes is not in the bundle, an input could not "
         "be opened, or only one half of a Unified Communications pair is in the case "
         "(then the severity is info). What the file would have shown cannot be judged: "
         "without the other half, its trusted CAs, settings and log.",
         "The list of files that a diagnostic log of that release holds (after a restart "
         "during logging only the log itself is left), and the zones whose far end has no "
         "bundle in the case.",
         "Check the name of an input that could not be opened. Collect the missing part: "
         "Maintenance > Diagnostics > Diagnostic logging, with tcpdump, on every node of "
         "the case at the same time, without a restart in between; then give all bundles "
         "to one run.",
         REF_ADMIN},
    [XD_F_CAPTURE_GAP] =
        {"capture-gap", XD_WARNING, "Bytes are missing inside a handshake",
         "The capture dropped packets inside a handshake of the case, so that it could not "
         "be read whole: a certificate or an alert may stand in the hole.",
         "A hole in the TCP sequence numbers inside a related handshake that no later "
         "packet fills. Findings that need what stood there are not raised, or with lower "
         "confidence.",
         "Capture again with a tcpdump filter on the two addresses, or at a quieter time: "
         "the buffers of a busy node last 20 to 40 seconds only.",
         REF_ADMIN},
};

const struct xd_finding_info *xd_finding_info(enum xd_finding_id id)
{
    return &catalogue[id];
}
