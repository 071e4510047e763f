// Made by scripts/generate-dictionary.mjs from PS3.6 (2019e and scripts/dictionary-supplement.tsv) and scripts/common-keywords.txt. Do not edit.

/** 71 rows of TABLE (dictionary.generated.ts). */
export const COMMON = `
0002:0002UI MediaStorageSOPClassUID;0003UI MediaStorageSOPInstanceUID;0010UI TransferSyntaxUID;0012UI ImplementationClassUID;
0008:0005CS1-n SpecificCharacterSet;0008CS2-n ImageType;0016UI SOPClassUID;0018UI SOPInstanceUID;0020DA StudyDate;0021DA SeriesDate;0022DA AcquisitionDate;0030TM StudyTime;0032TM AcquisitionTime;0050SH AccessionNumber;0060CS Modality;0070LO Manufacturer;0080LO InstitutionName;1030LO StudyDescription;103ELO SeriesDescription;1090LO ManufacturerModelName;1140SQ ReferencedImageSequence;1155UI ReferencedSOPInstanceUID;
0010:0010PN PatientName;0020LO PatientID;0030DA PatientBirthDate;0040CS PatientSex;1010AS PatientAge;1030DS PatientWeight;
0018:0010LO ContrastBolusAgent;0015CS BodyPartExamined;0050DS SliceThickness;0060DS KVP;0080DS RepetitionTime;0081DS EchoTime;0087DS MagneticFieldStrength;0088DS SpacingBetweenSlices;1020LO1-n SoftwareVersions;1030LO ProtocolName;1151IS XRayTubeCurrent;1314DS FlipAngle;5100CS PatientPosition;
0020:000DUI StudyInstanceUID;000EUI SeriesInstanceUID;0010SH StudyID;0011IS SeriesNumber;0012IS AcquisitionNumber;0013IS InstanceNumber;0032DS3 ImagePositionPatient;0037DS6 ImageOrientationPatient;0052UI FrameOfReferenceUID;0060CS Laterality;1041DS SliceLocation;9111SQ FrameContentSequence;9222SQ DimensionIndexSequence;
0028:0002US SamplesPerPixel;0004CS PhotometricInterpretation;0008IS NumberOfFrames;0010US Rows;0011US Columns;0030DS2 PixelSpacing;0100US BitsAllocated;0101US BitsStored;0102US HighBit;0103US PixelRepresentation;0120xs PixelPaddingValue;0402US NumberOfTransformSteps;1050DS1-n WindowCenter;1051DS1-n WindowWidth;1052DS RescaleIntercept;1053DS RescaleSlope;
0054:1001CS Units;
7FE0:0010ox PixelData;
`

/**
 * The other elements that may have several values; all that are in neither have a VM of 1. One line a group: gggg, then
 * the steps from element to element in hex digits, of which the last is a letter from g to v; and a line of patterns, behind a colon.
 */
export const SEVERAL = `
0004114h3bv1q
00081q3qkph3io26oiji10kc3po1g1g1gdqmhhhfctiedgu5ffn
00102ofdoh4vfbg11g4k
00126j
00143giicsnh1f1i20ski1e0sii4gi2ihh
0016imhjhj1qsh1n2ki1gif7u
00182ghhuj5jf8luh2sh1uncphhrkj1oji1shhs7ghv3gchv21ghdv1g1gk1hcr1g1g8ehhhhhhq3jh10ch1efr1g20gie4gikimfbqmikiom1gqiiii1ffqhthiih1j1gno6olh14vhbtkhqh2v2khh8s2khn1gi1vfmh2ap10ni2uhh
00202g1gl4rfag5g3f9gi415l1aqhmhh20u
0022ii2u143hkh1du
0028ph2nhi1sh1khq1i38hh2fth1v93karhhhhthhet20nd0rieeuk301qiht1gciukefvlu242gbtjh1p
0032102h
003A20l2s1j
0040hv2fjd0tfj810ve4l5p7ltkii2nhh13n7g386p
00421k
0044o
004613lctmr3k
00481letfvh
00541g1g1g2g1g1g1g1g7g11gdfg20hi1tfhev
0060302g
0062pii
0064nh
00661njhhk
0068634mhp10g1g3g1g2g1g2g7g3g2g2g2g2g1g
006Aui
00701ghju2uhhh1k9qh13vmqh2h9ofme0knfnih1fviqfihhhft10k
00723ok1miqhhhhhhikhhjjiiiiiihjh8l10qm20oh1heu1eg
0074103q1t2ej
00785g1g3g1g
0080mh
008891i
04002g
2010ani2ct
20401h
2200u
3002tjhh2idr
3004oko2s1o
30062q1rkn7m
30084n5t
300Apit6q2g1su1thhh1q1m1gil1ahuk2k8lijiih7pfhhln10thmj2ihhk14s
300C12i
30104nhqh3iumh
4010100kh1mhhko1q1th1pk
: 002031xx 002804x2 002804x3 002808x0 002808x3 002808x8 1000xxx0 1000xxx1 1000xxx3 1000xxx5 1010xxxx 50xx0030 50xx0040 50xx0104 50xx0105 50xx0106 50xx0110 50xx0112 50xx0114 60xx0050 60xx0066 60xx0800 60xx0803 60xx1200 60xx1201 60xx1202 60xx1203
`
